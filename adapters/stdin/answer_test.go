package stdin_test

import (
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/stdin"
)

// moody is an output that takes a number of bytes with an error, as told for each write, and then everything.
type moody struct {
	moods  []mood
	writes []string
}

type mood struct {
	n   int
	err error
}

func (m *moody) Write(p []byte) (int, error) {
	next := mood{n: len(p)}
	if len(m.moods) > 0 {
		next, m.moods = m.moods[0], m.moods[1:]
	}
	m.writes = append(m.writes, string(p[:next.n]))
	return next.n, next.err
}

func TestAnswers(t *testing.T) {
	broken := errors.New("broken pipe")
	for name, c := range map[string]struct {
		moods      []mood
		errs       []error // of Next, Done, Next
		wantWrites []string
	}{
		"each answer is one write": {
			nil, []error{nil, nil, nil}, []string{"READY\n", "RESULT 2\nOKREADY\n"},
		},
		"short writes are completed": {
			[]mood{{2, io.ErrShortWrite}, {1, nil}, {3, nil}, {7, nil}},
			[]error{nil, nil, nil}, []string{"RE", "A", "DY\n", "RESULT ", "2\nOKREADY\n"},
		},
		"a write of nothing is an error": {
			[]mood{{6, nil}, {0, nil}}, []error{nil, io.ErrShortWrite, nil}, []string{"READY\n", "", "RESULT 2\nOKREADY\n"},
		},
		"after an error no byte is written twice": {
			[]mood{{6, nil}, {9, broken}}, []error{nil, broken, nil}, []string{"READY\n", "RESULT 2\n", "OKREADY\n"},
		},
		"an error lasts": {
			[]mood{{6, nil}, {0, broken}, {0, broken}}, []error{nil, broken, broken}, []string{"READY\n", "", ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			out := &moody{moods: c.moods}
			in := strings.NewReader(event(0, "TICK_5", tickPayload) + event(1, "TICK_5", tickPayload))
			s := stdin.New(in, out, slog.New(slog.DiscardHandler))
			next := func() error { _, err := s.Next(t.Context()); return err }
			for i, step := range []func() error{next, s.Done, next} {
				if err := step(); !errors.Is(err, c.errs[i]) {
					t.Errorf("step %d: %v, want %v", i, err, c.errs[i])
				}
			}
			_ = s.Close()
			if diff := cmp.Diff(c.wantWrites, out.writes); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFirstReadyThatCannotBeWritten(t *testing.T) {
	broken := errors.New("broken pipe")
	s := stdin.New(strings.NewReader(""), &moody{moods: []mood{{0, broken}}}, slog.New(slog.DiscardHandler))
	if _, err := s.Next(t.Context()); !errors.Is(err, broken) || !strings.HasPrefix(err.Error(), "tell supervisord") {
		t.Errorf("Next: %v", err)
	}
}

func TestDoneAnswersEachEventOnce(t *testing.T) {
	var out moody
	s := stdin.New(strings.NewReader(event(0, "TICK_5", tickPayload)), &out, slog.New(slog.DiscardHandler))
	if err := s.Done(); err == nil {
		t.Error("Done before any event: no error")
	}
	if _, err := s.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.Done(); err != nil {
		t.Errorf("Done: %v", err)
	}
	if err := s.Done(); err == nil {
		t.Error("second Done: no error")
	}
	if diff := cmp.Diff([]string{"READY\n", "RESULT 2\nOKREADY\n"}, out.writes); diff != "" {
		t.Errorf("writes (-want +got):\n%s", diff)
	}
}
