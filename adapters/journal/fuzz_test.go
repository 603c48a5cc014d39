package journal

import (
	"slices"
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// FuzzFile reads any bytes as a journal. What is understood can be used and written, and is then understood again.
func FuzzFile(f *testing.F) {
	now := at(time.Unix(1_700_000_000, 0), "boot", time.Hour)
	d := file{server: "unix:///s"}.blank()
	life := domain.Instance{ID: domain.ID{Group: "g", Name: "n"}, PID: 7, Started: time.Unix(1_600_000_000, 0)}
	d.write(domain.Restart{Instance: life, Begun: now.now, Phase: domain.StartSent}, owner{PID: 1, Boot: "boot"}, now)
	d.keep(name{"l", "l"}, map[domain.ID]domain.History{life.ID: {
		Acts:    []domain.Act{{At: now.now.Add(-time.Hour), Calm: time.Minute}, {At: now.now, Death: true}},
		GivenUp: []string{"w"}, Boots: []time.Duration{time.Second}, Healed: []time.Duration{time.Minute},
	}}, now)
	sample, err := d.text()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sample)
	f.Add([]byte(`{"version":2,"server":"unix:///s","histories":[{"acts":[{"ago":"-2562047h47m16.854775808s","calm":"-1h"}],"boots":["-1s"],"kept":{"uptime":"2562047h"}}]}`))
	f.Add([]byte(`{"version":1,"server":"unix:///s","budgets":[{"restarts_ago":["2h","-2562047h47m16.854775808s"],"last_ago":"1h","healthy_for":"-1h","kept":{"uptime":"2562047h"}}]}`))
	f.Add([]byte(`{"version":2,"server":"unix:///s","unfinished_restarts":[{"phase":"planned","started":-9223372036854775808,"begun_ago":"2562047h"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := parse(data, "unix:///s")
		if err != nil {
			return
		}
		if d.Version != version {
			t.Fatalf("it would be written as version %d", d.Version)
		}
		found, _ := d.adopt(owner{Listener: name{"l", "l"}, PID: 1, Boot: "another"}, now, func(domain.ID) bool { return false })
		for _, r := range found {
			if r.Begun.After(now.now) {
				t.Errorf("begun in the future: %v", r.Begun)
			}
			d.write(r, owner{PID: 1}, now)
		}
		kept := d.histories(name{"l", "l"}, now)
		for id, h := range kept {
			if slices.ContainsFunc(h.Acts, func(a domain.Act) bool { return a.At.After(now.now) || a.Calm < 0 }) {
				t.Errorf("%s: an act of the future, or less calm than none: %v", id, h.Acts)
			}
		}
		d.keep(name{"l", "l"}, kept, now)
		d.prune(now)
		text, err := d.text()
		if err != nil {
			t.Fatalf("cannot be written: %v", err)
		}
		if _, err := parse(text, "unix:///s"); err != nil {
			t.Fatalf("cannot be read again: %v", err)
		}
	})
}
