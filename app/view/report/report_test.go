package report_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app/view/report"
)

// made is the report on the day after noon.
func made(t *testing.T, lines string) report.Report {
	t.Helper()
	return report.Make([]report.Log{{Supervisord: "s", Kept: noon().Add(-time.Hour), Events: story(t, lines)}}, noon(), noon().Add(24*time.Hour))
}

func TestWhatEventsComeTo(t *testing.T) {
	const restart = `
		1m  held failures of=2 rounds=1
		70s due rounds=2 for=10s
		70s stopping
		72s restarted down=1.5s
		75s held grace up=3s`
	for name, tt := range map[string]struct{ events, want string }{
		"nothing": {"", ""},
		"it heals by itself": {`
			1m  held failures of=3 rounds=1 up=1h
			70s held failures of=3 rounds=2 for=10s up=1h
			80s well rounds=2 for=20s up=1h`,
			"troubles.count=1 troubles.healed=1 troubles.healed_after.median_seconds=20 troubles.healed_after.longest_seconds=20 " +
				"held.failures.count=1 held.failures.healed=1 held.failures.healed_after.median_seconds=20 held.failures.healed_after.longest_seconds=20"},
		"its grace is no trouble": {`
			1m held grace up=3s
			2m well up=1m3s`,
			"held.grace.count=1 held.grace.healed=1 held.grace.healed_after.median_seconds=60 held.grace.healed_after.longest_seconds=60"},
		"a restart helps": {restart + `
			90s well rounds=2 for=30s up=18s`,
			restartOf("helped") + " held.grace.count=1 held.grace.restarted=1 held.failures.count=1 held.failures.restarted=1"},
		"a restart helps for a while": {restart + `
			90s well rounds=2 for=30s up=18s
			40m held failures of=2 rounds=1 up=39m
			41m well rounds=1 for=1m up=40m`,
			"troubles.count=2 troubles.healed=1 troubles.restarted=1 troubles.healed_after.median_seconds=60 troubles.healed_after.longest_seconds=60 " +
				strings.TrimPrefix(restartOf("relapsed"), "troubles.count=1 troubles.restarted=1 ") +
				" held.grace.count=1 held.grace.restarted=1 held.failures.count=2 held.failures.healed=1 held.failures.restarted=1" +
				" held.failures.healed_after.median_seconds=60 held.failures.healed_after.longest_seconds=60"},
		"a restart does not help, and is the last": {restart + `
			3m given rounds=9
			4m given rounds=12 again`,
			"troubles.count=1 troubles.open=1 " + strings.TrimPrefix(restartOf("not_helped"), "troubles.count=1 troubles.restarted=1 ") +
				" held.grace.count=1 held.grace.open=1 held.failures.count=1 held.failures.open=1 give_ups.count=1 give_ups.open=1"},
		"it is ill beyond the grace, and nothing more is known": {restart + `
			3m held ladder rounds=9`,
			"troubles.count=1 troubles.open=1 " + strings.TrimPrefix(restartOf("not_helped"), "troubles.count=1 troubles.restarted=1 ") +
				" held.grace.count=1 held.grace.open=1 held.failures.count=1 held.failures.open=1 held.ladder.count=1 held.ladder.open=1"},
		"somebody else is faster": {restart + `
			3m stopped everybody`,
			"troubles.count=1 troubles.others=1 " + strings.TrimPrefix(restartOf("unknown"), "troubles.count=1 troubles.restarted=1 ") +
				" held.grace.count=1 held.grace.others=1 held.failures.count=1 held.failures.others=1"},
		"the listener is killed, and nobody knows": {restart + `
			3m began
			3m watching`,
			"troubles.count=1 troubles.unknown=1 " + strings.TrimPrefix(restartOf("unknown"), "troubles.count=1 troubles.restarted=1 ") +
				" held.grace.count=1 held.grace.unknown=1 held.failures.count=1 held.failures.unknown=1"},
		"the listener ends, and nobody looks": {`
			1m held blocked rounds=1
			2m ended`,
			"troubles.count=1 troubles.unknown=1 held.blocked.count=1 held.blocked.unknown=1"},
		"a new life finds the same trouble": {`
			1m held blocked rounds=1
			2m began
			3m held blocked rounds=1`,
			"troubles.count=1 troubles.open=1 held.blocked.count=1 held.blocked.open=1"},
		"it is too early to say": {`
			23h30m due rounds=1
			23h30m restarted down=1s
			23h31m well up=1m`,
			"troubles.count=1 troubles.restarted=1 restarts.done=1 restarts.by_check.http.count=1 restarts.down.median_seconds=1 restarts.down.longest_seconds=1 restarts.unknown=1"},
		"nothing is done": {`
			1m would rounds=1
			2m would rounds=7 again
			3m well rounds=9 for=2m up=2h`,
			"troubles.count=1 troubles.healed=1 troubles.healed_after.median_seconds=120 troubles.healed_after.longest_seconds=120 " +
				"observed.count=1 observed.healed=1 observed.healed_after.median_seconds=120 observed.healed_after.longest_seconds=120"},
		"it dies, and supervisord starts it": {`
			1m held failures of=3 rounds=1 up=1h
			2m well rounds=1 for=1m up=10s`,
			"troubles.count=1 troubles.others=1 held.failures.count=1 held.failures.others=1"},
		"a human starts what was given up": {`
			1m given rounds=9
			2m rearmed everybody`,
			"troubles.count=1 troubles.others=1 give_ups.count=1"},
		"a restart was planned": {`
			1m plan up=7d
			1m stopping
			1m restarted down=2s check=uptime`,
			"restarts.done=1 restarts.planned=1 restarts.by_check.uptime.count=1 restarts.down.median_seconds=2 restarts.down.longest_seconds=2"},
		"a restart has no end": {`
			1m stopping
			2m dropped
			3m stopping
			4m down-after
			5m down-after`,
			"restarts.dropped=1 restarts.unfinished=1 restarts.down_after=1"},
		"a signal": {`
			1m due rounds=1
			1m signalled
			2m well up=3h`,
			"troubles.count=1 troubles.restarted=1 restarts.signals=1"},
		"another listener restarts": {`
			1m held failures of=3 rounds=1 up=1h
			2m by-other
			3m well rounds=1 up=1m`,
			"troubles.count=1 troubles.restarted=1 held.failures.count=1 held.failures.restarted=1"},
		"what else there is": {`
			1m flapping last_exit=SIGSEGV
			2m flapping last_exit=9 again
			3m unsure
			3m unsure again
			4m refused
			5m warning check=tls reason=14_days
			6m warning check=tls reason=13_days again
			7m warning check=tls reason=12_days
			8m warning check=tls`,
			"restarts.refused=1 crash_loops=1 last_exit=SIGSEGV cannot_judge=1 warnings.tls.process=web:a warnings.tls.check=tls warnings.tls.text=12 days warnings.tls.count=2 warnings.tls.over=true"},
		"it began before": {`
			1m well rounds=9 for=1h up=3h`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := made(t, tt.events)
			if diff := cmp.Diff(strings.Fields(tt.want), strings.Fields(summary(r.Total))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if len(r.Processes) > 0 && cmp.Diff(r.Processes[0].Sums, r.Total) != "" {
				t.Error("what is said of the only process is not what is said of all")
			}
		})
	}
}

// restartOf is a restart in a trouble, and what it came to.
func restartOf(outcome string) string {
	return "troubles.count=1 troubles.restarted=1 restarts.done=1 restarts.by_check.http.count=1 restarts.down.median_seconds=1.5 restarts.down.longest_seconds=1.5 restarts." + outcome + "=1"
}

func TestOfWhichTimeTheEventsTell(t *testing.T) {
	for name, tt := range map[string]struct {
		kept   time.Time
		events string
		want   report.Listener
	}{
		"all of it": {noon().Add(-time.Hour), "1m watching", report.Listener{From: noon(), To: noon().Add(24 * time.Hour), Events: 1, Watch: []string{"site"}}},
		"a part": {noon().Add(time.Hour), `
			1h began listener=healthcheck
			1h watching observe`,
			report.Listener{Name: "healthcheck", From: noon().Add(time.Hour), To: noon().Add(24 * time.Hour), Events: 2, Lives: 1, Watch: []string{"site"}, Mode: []string{"site"}}},
		"until it ended": {noon(), `
			1h began
			2h ended`, report.Listener{From: noon(), To: noon().Add(2 * time.Hour), Events: 2, Lives: 1, Watch: []string{}}},
		"with a hole, a kill, and what was lost": {noon(), `
			1h began
			2h ended
			3h began
			4h lost count=7
			5h began`, report.Listener{From: noon(), To: noon().Add(24 * time.Hour), Events: 5, Lives: 3, Killed: 1, Lost: 7, Away: 3600, Watch: []string{}}},
		"nothing": {time.Time{}, "", report.Listener{From: noon().Add(24 * time.Hour), To: noon().Add(24 * time.Hour), Watch: []string{}}},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.Make([]report.Log{{Kept: tt.kept, Events: story(t, tt.events)}}, noon(), noon().Add(24*time.Hour))
			if diff := cmp.Diff([]report.Listener{tt.want}, r.Listeners); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestOutagesAreTroublesThatBeganTogether(t *testing.T) {
	r := made(t, `
		1m  held shared rounds=1
		2m  held shared rounds=1 process=web:b
		5m  due rounds=1 process=web:b
		5m  restarted process=web:b
		6m  well process=web:b up=1m
		7m  well up=1h
		1h  due rounds=1
		1h  due rounds=1 process=web:b
		2h  held failures rounds=1
		2h  held failures rounds=1 process=web:b
		2h  held failures rounds=1 process=web:c
		3h  held blocked rounds=1 process=db:a`)
	want := []report.Outage{
		{From: noon().Add(time.Minute), Seconds: 360, Processes: []string{"web:a", "web:b"}, Causes: []string{"shared"}, Restarts: 1},
		{From: noon().Add(3 * time.Hour), Seconds: 21 * 3600, Open: true, Processes: []string{"db:a"}, Causes: []string{"blocked"}},
	}
	if diff := cmp.Diff(want, r.Outages); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	r = made(t, `
		2h  held failures rounds=1
		2h  held failures rounds=1 process=web:b
		2h  held failures rounds=1 process=web:c`)
	if len(r.Outages) != 1 || len(r.Outages[0].Processes) != 3 {
		t.Errorf("%+v", r.Outages)
	}
}

// Listeners of one supervisord tell of one process; those of two have two.
func TestSeveralListeners(t *testing.T) {
	one := story(t, `
		1m held failures rounds=1 watch=memory
		3m well up=1m watch=memory`)
	other := story(t, "2m restarted watch=http down=1s")
	for supervisord, want := range map[string]string{"a": "web:a", "b": "web:a web:a"} {
		r := report.Make([]report.Log{{Supervisord: "a", Kept: noon(), Events: one}, {Supervisord: supervisord, Kept: noon(), Events: other}}, noon(), noon().Add(24*time.Hour))
		var names []string
		for _, p := range r.Processes {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s: %s", supervisord, got)
		}
		if restarted := supervisord == "a"; (r.Total.Troubles.Restarted == 1) != restarted || r.Total.Restarts.Done != 1 {
			t.Errorf("%s: %+v", supervisord, r.Total)
		}
	}
}
