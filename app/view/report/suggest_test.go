package report_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app/view/report"
	"supervisor-healthcheck/domain"
)

// each repeats what happens, so many times, an hour and a half apart; the times are from the beginning of each.
func each(t *testing.T, times int, lines string) string {
	t.Helper()
	var b strings.Builder
	for i := range times {
		for line := range strings.Lines(lines) {
			if at, rest, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
				fmt.Fprintf(&b, "%s %s\n", time.Duration(i)*90*time.Minute+duration(t, at), rest)
			}
		}
	}
	return b.String()
}

func TestWhatIsSuggested(t *testing.T) {
	const observing = "0s watching observe\n"
	healing := func(rounds int, seconds int) string {
		return fmt.Sprintf("1m would rounds=2\n%ds well rounds=%d for=%ds up=9h\n", 60+seconds, rounds, seconds)
	}
	const late = `
		1m due rounds=2
		1m restarted down=1s
		2m held failures of=2 rounds=3 up=59s
		3m well rounds=5 for=2m up=2m`
	const vain = `
		1m due rounds=2
		1m restarted down=1s`
	const all = `
		1m due rounds=1 process=web:a
		1m due rounds=1 process=web:b
		1m due rounds=1 process=web:c
		2m restarted process=web:a
		3m restarted process=web:b
		4m restarted process=web:c
		5m well up=1m process=web:a
		5m well up=1m process=web:b
		5m well up=1m process=web:c`
	for name, tt := range map[string]struct{ events, want string }{
		"what heals within few checks": {observing + each(t, 4, healing(3, 30)) + "10h would rounds=1\n",
			"site: failures = 4: 4 of 5 troubles healed by themselves, 4 of them within 3 unhealthy checks, and 4 of them would have been restarted"},
		"what heals within many": {observing + each(t, 3, healing(20, 200)),
			"site: patience = 10m: 3 of 3 troubles healed by themselves, nine of ten within 3m20s, and 3 of them would have been restarted"},
		"two are chance": {observing + each(t, 2, healing(3, 30)), ""},
		"a grace that is too short": {"0s watching\n" + each(t, 3, late),
			"site: start_grace = 3m: after 3 of 3 restarts the process was unhealthy beyond its grace and then healthy by itself, at an age of 2m at most"},
		"twice is chance":              {"0s watching\n" + each(t, 2, late), ""},
		"a grace that is right mostly": {"0s watching\n" + each(t, 3, late) + each(t, 4, vain+"\n2m well up=1m"), ""},
		"restarts that do not help": {"0s watching\n" + strings.ReplaceAll(vain, "\t\t", "") + "\n5m restarted\n10m restarted\n15m restarted\n20m restarted\n25m restarted\n",
			"site: restart_limit = 3/1h: web:a was restarted 5 times within an hour, and none of these restarts helped"},
		"restarts that do not help, and are limited": {"0s watching\n" + vain + "\n5m restarted\n10m restarted\n15m restarted\n20m restarted\n25m restarted\n26m given\n", ""},
		"all at once": {"0s watching\n" + each(t, 2, all),
			"site: outage = 5m: 2 times 3 processes or more came into trouble within two minutes, and all of them were restarted, up to 3"},
		"all at once, and held": {"0s watching\n" + each(t, 2, all+"\n1m held shared process=web:b"), ""},
		"a watch that is gone":  {"0s watching\n" + each(t, 3, late) + "20h began\n20h watching watch=other", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, s := range made(t, tt.events).Suggestions {
				isSetting(t, s)
				got = append(got, s.Section+": "+s.Setting+": "+s.Reason)
			}
			if text := strings.Join(got, "\n"); text != tt.want {
				t.Error(cmp.Diff(tt.want, text))
			}
		})
	}
}

// What was observed for long enough may be done.
func TestAnEndOfObservationIsSuggested(t *testing.T) {
	for name, tt := range map[string]struct {
		lines string
		days  int
		want  string
	}{
		"nothing would have been done": {"", 7, "in 7d of observation no restart would have been done"},
		"one that was just":            {"30h would rounds=2\n31h stopped everybody", 7, "in 7d of observation 1 restart would have been done, and none to a process that became healthy by itself"},
		"one that was not":             {"30h would rounds=2\n31h well up=90h", 7, ""},
		"it is too early":              {"", 2, ""},
		"it began a day ago":           {"96h watching\n144h watching observe", 7, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.Make([]report.Log{{Kept: noon(), Events: story(t, "0s watching observe\n"+tt.lines)}}, noon().Add(time.Hour), noon().Add(time.Duration(tt.days)*24*time.Hour))
			want := []report.Suggestion{}
			if tt.want != "" {
				want = append(want, report.Suggestion{Section: "site", Setting: "mode = act", Reason: tt.want})
			}
			if diff := cmp.Diff(want, r.Suggestions); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhyNothingIsSuggested(t *testing.T) {
	for hours, want := range map[int]string{3: "3h are too little to judge by", 30: "0 troubles in 30h are too few to judge by"} {
		r := report.Make([]report.Log{{Kept: noon()}}, noon(), noon().Add(time.Duration(hours)*time.Hour))
		if r.Unsuggested != want {
			t.Error(r.Unsuggested)
		}
	}
	if r := report.Make(nil, noon(), noon().Add(time.Hour)); r.Unsuggested != "there are no events" {
		t.Error(r.Unsuggested)
	}
	r := made(t, "0s watching\n"+each(t, 3, "1m held failures rounds=1 of=9\n2m well up=1h"))
	if r.Unsuggested != "the events speak for no other setting" {
		t.Error(r.Unsuggested)
	}
}

// isSetting holds that a suggestion is a line of a section as the policy reads it.
func isSetting(t *testing.T, s report.Suggestion) {
	t.Helper()
	word, value, _ := strings.Cut(s.Setting, " = ")
	policy := domain.Recommended()
	if err := policy.Set(strings.ReplaceAll(word, "_", "-"), value); err != nil {
		t.Error(err)
	}
}

func TestLasting(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1200 * time.Millisecond: "1.2s", 45 * time.Second: "45s", 10 * time.Minute: "10m", 70 * time.Minute: "1h10m", 47 * time.Hour: "47h", 7 * 24 * time.Hour: "7d", 53 * time.Hour: "2d5h",
	} {
		if got := report.Lasting(d); got != want {
			t.Errorf("%s is %s, want %s", d, got, want)
		}
	}
}
