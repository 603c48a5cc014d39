package history

import (
	"errors"
	"io"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// Row is how a process was under one watch in a span of time. It tells the worst of it, so that what was short is not lost: the worst
// condition, and of all that was measured what is nearest to being unhealthy.
type Row struct {
	At             time.Time     // the end of the span
	Span           time.Duration // how long it was; 0: it has not ended yet
	Process, Watch string        // the process as supervisorctl has it
	Condition      domain.Condition
	Took           float64          // how many seconds the checks took at most; 0: it was not judged
	Measures       []domain.Measure // one for each check and what it measures
}

// letters are the conditions in files and strips, in the order of domain.Worst. What a letter means never changes.
const letters = "dgurnspeh"

// code is the place of a condition in letters: the least is the worst. Most are the last one.
func code(c domain.Condition) uint8 {
	for i, other := range slices.Backward(domain.Worst()) {
		if other == c {
			return uint8(i)
		}
	}
	return uint8(strings.IndexByte(letters, 'n'))
}

// fold adds a measure to those of a span of time.
func fold(all []domain.Measure, m domain.Measure) []domain.Measure {
	for i := range all {
		one := &all[i]
		if one.Of != m.Of || one.Check != m.Check {
			continue
		}
		one.Value = worse(m.Of, one.Value, m.Value)
		one.Limit, one.Forecast = m.Limit, m.Forecast
		return all
	}
	return append(all, m)
}

// worse is the one of two values that is nearer to being unhealthy.
func worse(of domain.Measured, a, b float64) float64 {
	if of == domain.MeasuredCertificate {
		return min(a, b)
	}
	return max(a, b)
}

// RowQuery says which rows are wanted.
type RowQuery struct {
	Since   time.Time // of spans that have ended after that; zero: all
	Process string    // as supervisorctl has it; empty: of all
	Bare    bool      // without what was measured
}

// Rows tells what is kept beside events at this path, by a listener that lives or by one that is gone: the rows that are wanted, the oldest
// first unless somebody has set the clock, until each fails.
func Rows(path string, q RowQuery, each func(Row) error) error {
	all := find(samplesPath(path), func(string) {})
	defer func() {
		for _, one := range all {
			one.Close()
		}
	}()
	until := time.Now().Add(mostSpan)
	for _, one := range all {
		if err := q.read(one, one.size, until, each); err != nil {
			return err
		}
	}
	return nil
}

// read tells the rows of a file. Those that end after until were written when the clock was wrong.
func (q RowQuery) read(file io.ReaderAt, size int64, until time.Time, each func(Row) error) error {
	var d decoder
	_, err := scan(file, size, func(content []byte) error {
		b, err := d.begin(content)
		if err != nil || !b.at.After(q.Since) || b.at.After(until) {
			return nil
		}
		if err := d.tell(b, q, each); !errors.Is(err, errDamaged) {
			return err
		}
		return nil
	})
	return err
}
