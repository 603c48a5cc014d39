package stdin_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/stdin"
	"supervisor-healthcheck/domain"
)

func TestAReadErrorEndsTheEventsAndIsTold(t *testing.T) {
	broken := errors.New("input/output error")
	s := stdin.New(iotest.ErrReader(broken), io.Discard, slog.New(slog.DiscardHandler))
	for range 2 {
		if _, err := s.Next(t.Context()); !errors.Is(err, domain.ErrEventsEnded) || !errors.Is(err, broken) {
			t.Errorf("Next: %v", err)
		}
	}
}

func TestACancelledNextLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, supervisord := io.Pipe()
		var out bytes.Buffer
		s := stdin.New(in, &out, slog.New(slog.DiscardHandler))
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Next(done); !errors.Is(err, context.Canceled) || out.Len() > 0 {
			t.Errorf("Next with a cancelled context: %v, output %q", err, &out)
		}
		for range 2 {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			if _, err := s.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Next: %v", err)
			}
			cancel()
		}
		text := event(0, "TICK_5", tickPayload)
		_, _ = io.WriteString(supervisord, text[:30])
		if _, err := s.Next(done); !errors.Is(err, context.Canceled) {
			t.Errorf("Next amid an event: %v", err)
		}
		_, _ = io.WriteString(supervisord, text[30:])
		e, err := s.Next(t.Context())
		if diff := cmp.Diff(tick(0), e); err != nil || diff != "" || out.String() != "READY\n" {
			t.Errorf("Next: %v, output %q (-want +got):\n%s", err, &out, diff)
		}
		_ = supervisord.Close()
		if _, err := s.Next(t.Context()); !errors.Is(err, domain.ErrEventsEnded) {
			t.Errorf("Next after the end: %v", err)
		}
	})
}

func TestStdinIsReadThoughNobodyCallsNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, supervisord := io.Pipe()
		s := stdin.New(in, io.Discard, slog.New(slog.DiscardHandler))
		go func() { _, _ = io.WriteString(supervisord, event(0, "TICK_5", tickPayload)) }()
		if _, err := s.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
		read := false
		go func() {
			_, _ = io.WriteString(supervisord, event(1, "PROCESS_LOG_STDOUT", strings.Repeat("x", 500_000)))
			read = true
		}()
		synctest.Wait()
		if !read {
			t.Error("an event was left in the pipe")
		}
		_ = supervisord.Close()
		if e, err := s.Next(t.Context()); err != nil || e.Serial != 1 {
			t.Errorf("Next: %v, %v", e, err)
		}
	})
}

func TestClose(t *testing.T) {
	take := func(s *stdin.Source) { _, _ = s.Next(context.Background()) }
	for name, c := range map[string]struct {
		before func(s *stdin.Source, supervisord io.Writer)
		want   string
	}{
		"before the first Next": {func(*stdin.Source, io.Writer) {}, ""},
		"during Next":           {func(s *stdin.Source, _ io.Writer) { go take(s) }, "READY\n"},
		"with two events that nobody took": {func(s *stdin.Source, supervisord io.Writer) {
			go take(s)
			for i := range 3 {
				_, _ = io.WriteString(supervisord, event(i, "TICK_5", tickPayload))
			}
		}, "READY\n"},
	} {
		t.Run(name, func(t *testing.T) {
			// The end of the bubble waits for all goroutines, so that one left behind is a deadlock.
			synctest.Test(t, func(t *testing.T) {
				in, supervisord := io.Pipe()
				var out bytes.Buffer
				s := stdin.New(in, &out, slog.New(slog.DiscardHandler))
				c.before(s, supervisord)
				synctest.Wait()
				for range 2 {
					if err := s.Close(); err != nil {
						t.Errorf("Close: %v", err)
					}
				}
				if _, err := s.Next(t.Context()); !errors.Is(err, domain.ErrEventsEnded) || out.String() != c.want {
					t.Errorf("Next: %v, output %q", err, &out)
				}
			})
		})
	}
}

func TestCloseWakesNextThoughTheReadGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in, supervisord := io.Pipe()
		s := stdin.New(io.MultiReader(in), io.Discard, slog.New(slog.DiscardHandler))
		ended := make(chan error, 1)
		go func() {
			_, err := s.Next(context.Background())
			ended <- err
		}()
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
		if err := <-ended; !errors.Is(err, domain.ErrEventsEnded) {
			t.Errorf("Next: %v", err)
		}
		_ = supervisord.Close()
	})
}
