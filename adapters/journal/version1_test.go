package journal_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

// version1 is a file as the program has written it that knew budgets only.
const version1 = `{
  "version": 1,
  "server": "unix:///run/supervisor.sock",
  "unfinished_restarts": [
    {
      "process": {"group": "web", "name": "web_00"},
      "pid": 4711, "started": 1700000000, "watch": "http_check", "reason": "status 503",
      "phase": "stop accepted", "supervisor_pid": 1, "begun_ago": "3s", "tries": 2,
      "owner": {"listener": {"group": "alice", "name": "alice"}, "pid": 4712, "started": 1, "boot": "earlier"},
      "kept": {"time": "2026-01-02T03:04:05Z", "boot": "b", "uptime": "1h0m0s"}
    }
  ],
  "budgets": [
    {
      "listener": {"group": "alice", "name": "alice"}, "process": {"group": "web", "name": "web_00"},
      "restarts_ago": ["1h0m0s", "30m0s", "10m0s"], "last_ago": "30m0s", "pause": "20s", "healthy_for": "2m0s",
      "kept": {"time": "2026-01-02T03:04:05Z", "boot": "b", "uptime": "1h0m0s"}
    },
    {
      "listener": {"group": "alice", "name": "alice"}, "process": {"group": "worker", "name": "worker"},
      "restarts_ago": ["5m0s"], "last_ago": "5m0s", "pause": "0s", "healthy_for": "6m0s", "given_up": true,
      "kept": {"time": "2026-01-02T03:04:05Z", "boot": "b", "uptime": "1h0m0s"}
    },
    {
      "listener": {"group": "alice", "name": "alice"}, "process": {"group": "gone", "name": "gone"},
      "pause": "0s", "given_up": true,
      "kept": {"time": "2026-01-02T03:04:05Z", "boot": "b", "uptime": "1h0m0s"}
    },
    {
      "listener": {"group": "bob", "name": "bob"}, "process": {"group": "web", "name": "web_00"},
      "restarts_ago": ["1m0s"], "pause": "0s",
      "kept": {"time": "2026-01-02T03:04:05Z", "boot": "b", "uptime": "1h0m0s"}
    }
  ]
}
`

func TestFileOfVersion1IsReadAndWrittenAnew(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 5, 5, 0, time.UTC) // a minute later
	config := journal.Config{Dir: t.TempDir(), ServerURL: server, Owner: alice,
		Now: func() time.Time { return now }, Boot: func() (string, time.Duration) { return "b", time.Hour + time.Minute }}
	j := journal.OpenPatient(config, 30*time.Second)
	must(t, os.WriteFile(j.Path(), []byte(version1), 0o600))

	restart := stopSent(web)
	restart.Reason, restart.Phase, restart.Begun = "status 503", domain.StopAccepted, now.Add(-time.Minute-3*time.Second)
	ago := func(d time.Duration) time.Time { return now.Add(-time.Minute - d) }
	kept := map[domain.ID]domain.History{
		web: {Acts: []domain.Act{
			{At: ago(time.Hour)}, {At: ago(30 * time.Minute)}, {At: ago(10 * time.Minute), Death: true, Calm: 2 * time.Minute}}},
		worker: {Acts: []domain.Act{{At: ago(5 * time.Minute), Calm: 5 * time.Minute}}},
	}
	unchanged := func(what string, j *journal.Journal) {
		t.Helper()
		if diff := cmp.Diff(kept, histories(t, j), alike()); diff != "" {
			t.Error(what, diff)
		}
	}
	unchanged("read:", j)
	if diff := cmp.Diff([]domain.Restart{restart}, unfinished(t, j), alike()); diff != "" {
		t.Error(diff)
	}
	unchanged("written anew, because the restart is ours now:", j)
	for _, want := range []string{`"version":2`, `"acts"`, `"unfinished_restarts"`, `"name":"bob"`} {
		if !strings.Contains(text(t, j.Path()), want) {
			t.Errorf("%s is missing in\n%s", want, text(t, j.Path()))
		}
	}
	next := journal.OpenPatient(config, 30*time.Second)
	unchanged("in the next life:", next)
	if diff := cmp.Diff([]domain.Restart{restart}, unfinished(t, next), alike()); diff != "" {
		t.Error(diff)
	}
}
