package journal_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/adapters/journal"
	"supervisor-healthcheck/domain"
)

const server = "unix:///run/supervisor.sock"

var (
	web    = domain.ID{Group: "web", Name: "web_00"}
	worker = domain.ID{Group: "worker", Name: "worker"}
	alice  = domain.ID{Group: "alice", Name: "alice"}
	bob    = domain.ID{Group: "bob", Name: "bob"}
)

// alike ignores what the rounding of two clocks can do to a time, and what a restart does not keep.
func alike() cmp.Options {
	return cmp.Options{cmpopts.EquateApproxTime(time.Second), cmpopts.IgnoreUnexported(domain.Restart{}), cmpopts.EquateEmpty()}
}

func stopSent(id domain.ID) domain.Restart {
	return domain.Restart{
		Instance:   domain.Instance{ID: id, PID: 4711, Started: time.Unix(1_700_000_000, 0)},
		Watch:      "http_check",
		Reason:     `status 503 from <http://localhost/>, "unwell"`,
		Phase:      domain.StopSent,
		Supervisor: 1,
		Begun:      time.Now().Add(-3 * time.Second),
		Tries:      2,
	}
}

func open(t *testing.T, dir string, owner domain.ID) *journal.Journal {
	t.Helper()
	return journal.OpenPatient(journal.Config{Dir: dir, ServerURL: server, Owner: owner}, 30*time.Second)
}

func unfinished(t *testing.T, j *journal.Journal) []domain.Restart {
	t.Helper()
	found, err := j.Unfinished(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func histories(t *testing.T, j *journal.Journal) map[domain.ID]domain.History {
	t.Helper()
	found, err := j.Histories(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// one is the histories of which there is one.
func one(id domain.ID, h domain.History) map[domain.ID]domain.History {
	return map[domain.ID]domain.History{id: h}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	must(t, err)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func text(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	must(t, err)
	return string(data)
}

func TestNextLifeFindsWhatThisOneHasWritten(t *testing.T) {
	every := map[string]domain.Restart{"a stop that was sent": stopSent(web)}
	for phase := domain.Planned; phase <= domain.StartAccepted; phase++ {
		r := stopSent(web)
		r.Phase = phase
		every["phase "+phase.String()] = r
	}
	only := stopSent(web)
	only.StartOnly, only.Instance.PID = true, 0
	every["a start only"] = only
	aged := stopSent(web)
	aged.Planned = true
	every["a planned one"] = aged
	every["no times at all"] = domain.Restart{Instance: domain.Instance{ID: web}}

	for name, r := range every {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			first := open(t, dir, alice)
			must(t, first.Write(t.Context(), r))
			if diff := cmp.Diff(0, len(unfinished(t, first))); diff != "" {
				t.Error("the life that wrote it was given it as unfinished", diff)
			}
			next := open(t, dir, alice)
			if diff := cmp.Diff([]domain.Restart{r}, unfinished(t, next), alike()); diff != "" {
				t.Error(diff)
			}
			if again := unfinished(t, next); len(again) > 0 {
				t.Error("returned twice:", again)
			}
		})
	}
}

func TestInstanceIsRestoredExactly(t *testing.T) {
	dir, r := t.TempDir(), stopSent(web)
	must(t, open(t, dir, alice).Write(t.Context(), r))
	if got := unfinished(t, open(t, dir, alice))[0].Instance; !got.Same(r.Instance) {
		t.Errorf("got %v, want %v", got, r.Instance)
	}
}

func TestLaterWriteReplacesTheEarlier(t *testing.T) {
	dir, r := t.TempDir(), stopSent(web)
	j := open(t, dir, alice)
	must(t, j.Write(t.Context(), r))
	must(t, j.Write(t.Context(), stopSent(worker)))
	r.Phase, r.Tries = domain.StopAccepted, 7
	must(t, j.Write(t.Context(), r))
	if diff := cmp.Diff([]domain.Restart{r, stopSent(worker)}, unfinished(t, open(t, dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
}

func TestRemoveForgets(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	must(t, j.Write(t.Context(), stopSent(worker)))
	must(t, j.Remove(t.Context(), web))
	must(t, j.Remove(t.Context(), web))
	if diff := cmp.Diff([]domain.Restart{stopSent(worker)}, unfinished(t, open(t, dir, alice)), alike()); diff != "" {
		t.Error(diff)
	}
	must(t, j.Remove(t.Context(), worker))
	if diff := cmp.Diff([]string{filepath.Base(j.Path()) + ".lock"}, names(t, dir)); diff != "" {
		t.Error("an empty journal leaves more than its lock:", diff)
	}
}

func TestFileIsPrivateReadableAndFreeOfCredentials(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	j := journal.Open(journal.Config{Dir: dir, ServerURL: "http://user:s3cret@127.0.0.1:9001/", Owner: alice})
	must(t, j.Write(t.Context(), stopSent(web)))
	for path, want := range map[string]os.FileMode{dir: os.ModeDir | 0o700, j.Path(): 0o600, j.Path() + ".lock": 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v and error %v, want %v", path, info.Mode(), err, want)
		}
	}
	content := text(t, j.Path())
	for _, want := range []string{
		`"server":"http://127.0.0.1:9001"`, `"phase":"stop sent"`, `"watch":"http_check"`, `"group":"alice"`, `"supervisor_pid":1`,
		`<http://localhost/>`,
	} {
		if !strings.Contains(content, want) {
			t.Errorf("%s is missing in\n%s", want, content)
		}
	}
	if strings.Contains(content, "s3cret") {
		t.Error("the password is in the file")
	}
	other := journal.Open(journal.Config{Dir: dir, ServerURL: "http://user:changed@127.0.0.1:9001"})
	if other.Path() != j.Path() {
		t.Error("another password has led to another file")
	}
}

func TestSupervisordsDoNotMix(t *testing.T) {
	dir := t.TempDir()
	must(t, open(t, dir, alice).Write(t.Context(), stopSent(web)))
	for _, url := range []string{"", "unix:///run/other@host.sock", "http://localhost:9001", "NONE"} {
		other := journal.Open(journal.Config{Dir: dir, ServerURL: url, Owner: alice})
		if found := unfinished(t, other); len(found) > 0 {
			t.Errorf("%q: found %v", url, found)
		}
	}
}

func TestLivingListenerKeepsItsClaim(t *testing.T) {
	dir := t.TempDir()
	a, b := open(t, dir, alice), open(t, dir, bob)
	must(t, a.Write(t.Context(), stopSent(web)))
	before := text(t, a.Path())

	err := b.Write(t.Context(), stopSent(web))
	if !errors.Is(err, domain.ErrClaimed) || !strings.Contains(err.Error(), "alice") {
		t.Errorf("got %v, want a claim of alice", err)
	}
	must(t, b.Remove(t.Context(), web))
	if found := unfinished(t, b); len(found) > 0 {
		t.Errorf("bob was given %v", found)
	}
	if diff := cmp.Diff(before, text(t, a.Path())); diff != "" {
		t.Error("bob has changed the entry of alice:", diff)
	}
	must(t, b.Write(t.Context(), stopSent(worker)))
	must(t, a.Remove(t.Context(), web))
	must(t, b.Write(t.Context(), stopSent(web)))
}

func TestSameAgainIsNotWritten(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	r, h := stopSent(web), domain.History{Acts: []domain.Act{{At: time.Now()}}}
	r.Phase = domain.StopAccepted
	both := func() {
		must(t, j.Write(t.Context(), r))
		must(t, j.Keep(t.Context(), one(web, h)))
	}
	both()
	before := text(t, j.Path())
	both()
	if diff := cmp.Diff(before, text(t, j.Path())); diff != "" {
		t.Error("it was written again:", diff)
	}
	r.Phase = domain.StartSent
	h.Acts[0].Calm = time.Second
	both()
	if diff := cmp.Diff(one(web, h), histories(t, j), alike()); diff != "" {
		t.Error(diff)
	}
	if found := unfinished(t, open(t, j.Dir, alice)); found[0].Phase != domain.StartSent {
		t.Errorf("got %v", found)
	}
}

func TestStopThatIsAboutToBeSentIsAlwaysWritten(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	must(t, j.Write(t.Context(), stopSent(web)))
	before, err := os.Stat(j.Path())
	must(t, err)
	must(t, j.Write(t.Context(), stopSent(web)))
	if after, err := os.Stat(j.Path()); err != nil || os.SameFile(before, after) {
		t.Errorf("it may not be on the disk yet (or %v)", err)
	}
}

func TestContextThatIsDoneWritesNothing(t *testing.T) {
	j := open(t, t.TempDir(), alice)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, historiesErr := j.Histories(ctx)
	_, unfinishedErr := j.Unfinished(ctx)
	for _, err := range []error{j.Write(ctx, stopSent(web)), j.Remove(ctx, web), j.Keep(ctx, one(web, domain.History{GivenUp: []string{"w"}})), historiesErr, unfinishedErr} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	if slices.Contains(names(t, j.Dir), filepath.Base(j.Path())) {
		t.Error("a file was written")
	}
}
