package checks_test

import (
	"fmt"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

const day = 24 * time.Hour

// Age is no illness: what is old enough is Healthy, and its restart is planned.
func TestUptime(t *testing.T) {
	plan := func(reason string) domain.Verdict {
		return domain.Verdict{Health: domain.Healthy, Reason: "planned: " + reason, Planned: true}
	}
	for sentence, c := range map[string]struct {
		max, jitter, up time.Duration
		want            domain.Verdict
	}{
		"young":               {max: 7 * day, up: 3*day + 4*time.Hour + 5*time.Minute, want: domain.Healthy.Because("up 3d 4h, restarted after 7d")},
		"just begun":          {max: 7 * day, up: 0, want: domain.Healthy.Because("up 0s, restarted after 7d")},
		"a second before":     {max: time.Hour, up: time.Hour - time.Second, want: domain.Healthy.Because("up 59m 59s, restarted after 1h")},
		"old enough":          {max: 7 * day, up: 7 * day, want: plan("up 7d, restarted every 7d")},
		"older":               {max: 7 * day, up: 7*day + 2*time.Hour, want: plan("up 7d 2h, restarted every 7d")},
		"beyond every jitter": {max: 7 * day, jitter: time.Hour, up: 7*day + time.Hour, want: plan("up 7d 1h, restarted every 7d and up to 1h more")},
	} {
		t.Run(sentence, func(t *testing.T) {
			process := web()
			process.Uptime = c.up
			wantVerdict(t, build(t, checks.Uptime{Max: c.max, Jitter: c.jitter}, newWorld(t)).Run(t.Context(), process), c.want)
		})
	}
}

// The jitter spreads processes that began together, evenly, and is the same at every look at one life.
func TestTheJitterOfUptime(t *testing.T) {
	check := build(t, checks.Uptime{Max: day, Jitter: 10 * time.Hour}, newWorld(t))
	due := func(p domain.Process) (hour int) {
		for ; ; hour++ {
			p.Uptime = day + time.Duration(hour)*time.Hour
			if check.Run(t.Context(), p).Planned {
				return hour
			}
		}
	}
	hours := map[int]int{}
	for n := range 1000 {
		p := web()
		p.Name, p.PID = fmt.Sprintf("web_%03d", n), 1000+n
		hour := due(p)
		if again := due(p); again != hour {
			t.Fatalf("%s is due at %d and at %d", p.ID, hour, again)
		}
		hours[hour]++
	}
	for hour := 1; hour <= 10; hour++ {
		if n := hours[hour]; n < 60 || n > 140 {
			t.Errorf("%d of 1000 are due in hour %d", n, hour)
		}
	}
	if hours[0]+hours[11] > 0 {
		t.Errorf("some are due too early or too late: %v", hours)
	}
}
