package history

import (
	"slices"
	"time"

	"supervisor-healthcheck/ports"
)

// recorder writes samples. One goroutine runs it; whoever reports a verdict only adds to what it gathers.
type recorder struct {
	path     string // of the events beside which it writes
	gatherer *gatherer
	looked   ports.Surveyor
	files    *segments
	encoder  *encoder
	warn     func(error)

	span    time.Duration // of a sample, as it is now
	begun   time.Time     // when it has begun
	due     time.Time     // when it is to be written
	failing bool
}

const (
	mostSpan = 10 * time.Minute // a step of the strips, which no sample may be longer than
	mostLook = time.Minute      // between two looks at how processes are that are not judged, such as those that are down

	// kept is how long samples are kept at least where that is possible with shorter spans than the longest: on Monday morning Friday
	// evening is still to be seen.
	kept = 3 * 24 * time.Hour
)

// spans are how long a sample may be, each a part of the longest.
func spans() []time.Duration {
	return []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, mostSpan}
}

// fitting is how long a sample has to be that takes so many bytes, if samples may take so many in all.
func fitting(sample, bound int64) time.Duration {
	all := spans()
	i := slices.IndexFunc(all, func(span time.Duration) bool { return int64(kept/span)*sample <= bound })
	if i < 0 {
		return mostSpan
	}
	return all[i]
}

func newRecorder(c Config) *recorder {
	return &recorder{path: c.Path, gatherer: newGatherer(), looked: c.Looked, files: newSegments(samplesPath(c.Path), c.Bound), encoder: newEncoder(),
		warn: c.Warn, span: spans()[0]}
}

// run looks and writes until it is to end, and then writes what it has.
func (r *recorder) run(ending <-chan struct{}) {
	defer r.files.close()
	now := time.Now()
	r.begun, r.due = now, r.end(now)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		now = time.Now()
		timer.Reset(now.Truncate(r.pause()).Add(r.pause()).Sub(now))
		select {
		case <-timer.C:
			r.gatherer.look(r.looked)
			r.tick(time.Now())
		case <-ending:
			r.write(time.Now())
			return
		}
	}
}

// pause is the time between two looks. They are at whole multiples of it, as the samples are, so that a sample lies within one step of
// a strip.
func (r *recorder) pause() time.Duration { return min(r.span, mostLook) }

// end is when the span ends in which now is.
func (r *recorder) end(now time.Time) time.Time { return now.Truncate(r.span).Add(r.span) }

// tick writes a sample if one is due, or should not be waited for because somebody has set the clock back.
func (r *recorder) tick(now time.Time) {
	if now.Before(r.due) && r.due.Sub(now) <= r.span {
		return
	}
	r.write(now.Truncate(r.pause()))
	r.due = r.end(now)
}

// write writes a sample, and says once if it cannot. What cannot be written is lost.
func (r *recorder) write(at time.Time) {
	span := at.Round(0).Sub(r.begun.Round(0)) // by the clock of the wall, which may have been set
	if span <= 0 || span > mostSpan {
		span = r.span
	}
	err := r.append(at, span)
	if err != nil {
		r.encoder.anew = true
		r.gatherer.drop()
		if !r.failing {
			r.warn(err)
		}
	}
	r.failing, r.begun = err != nil, at
}

func (r *recorder) append(at time.Time, span time.Duration) error {
	file := r.files.file
	if err := r.files.ready(); err != nil {
		return err
	}
	r.encoder.anew = r.encoder.anew || r.files.file != file
	block, fits := r.encoder.encode(r.gatherer, at, span, r.files.room())
	if !fits {
		if err := r.files.turn(); err != nil {
			return err
		}
		if block, fits = r.encoder.encode(r.gatherer, at, span, r.files.room()); !fits {
			return r.files.failed(errNoRoom)
		}
	}
	if err := r.files.append(block); err != nil {
		return err
	}
	r.span = fitting(int64(blockHead+r.encoder.rows), places*r.files.most)
	return nil
}
