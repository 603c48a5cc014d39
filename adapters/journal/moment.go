package journal

import "time"

// moment is when something is written or read: by the clock of the caller and by the kernel's.
type moment struct {
	now time.Time
	stamp
}

// stamp is a moment on the disk. Times are kept as ages at their stamp, so that a clock that is set does not change
// them as long as the machine runs.
type stamp struct {
	Time   time.Time `json:"time"`
	Boot   string    `json:"boot,omitempty"` // the kernel's id of this boot; empty if there is none
	Uptime span      `json:"uptime"`         // since that boot, times of sleep included
}

func at(now time.Time, boot string, uptime time.Duration) moment {
	return moment{now: now, stamp: stamp{Time: now.UTC().Truncate(time.Millisecond), Boot: boot, Uptime: span(uptime)}}
}

// since is how long before m the stamp was made; never negative. In another boot only the wall clock can tell.
func (m moment) since(s stamp) time.Duration {
	if s.Boot != "" && s.Boot == m.Boot {
		return max(0, time.Duration(m.Uptime-s.Uptime))
	}
	return max(0, m.Time.Sub(s.Time))
}

// age is how long ago t is; nil for the zero time.
func (m moment) age(t time.Time) *span {
	if t.IsZero() {
		return nil
	}
	age := span(m.now.Sub(t))
	return &age
}

// restored is the time that had this age at the stamp.
func (m moment) restored(age *span, kept stamp) time.Time {
	if age == nil {
		return time.Time{}
	}
	return m.now.Add(-m.since(kept)).Add(-max(0, time.Duration(*age)))
}

// span is a duration that a human can read on the disk.
type span time.Duration

// MarshalText writes it as time.Duration does.
func (s span) MarshalText() ([]byte, error) { return []byte(time.Duration(s).String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (s *span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = span(d)
	return err
}

func spans(all []time.Duration) (out []span) {
	for _, d := range all {
		out = append(out, span(d))
	}
	return out
}

// durations is the inverse of spans. What stands in a file may be negative, which no duration of ours is.
func durations(all []span) (out []time.Duration) {
	for _, s := range all {
		out = append(out, max(0, time.Duration(s)))
	}
	return out
}

// near reports whether two times are the same but for the rounding of clocks that are read one after the other.
func near(a, b time.Time) bool { return a.Sub(b).Abs() < 10*time.Millisecond }
