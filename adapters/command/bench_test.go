//go:build unix

package command_test

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// BenchmarkRun is a check by the smallest program that there is, BenchmarkAsk one by a worker.
func BenchmarkRun(b *testing.B) {
	r := newRunner(b, 0)
	c := domain.Command{Args: []string{"/bin/true"}, Env: []string{"SUPERVISOR_PROCESS_NAME=web"}, Timeout: time.Minute}
	for b.Loop() {
		if outcome, err := r.Run(b.Context(), c); err != nil || outcome.Status != 0 {
			b.Fatal(outcome, err)
		}
	}
}

func BenchmarkAsk(b *testing.B) {
	w := hired(b, newRunner(b, 0), 1, time.Minute, "answers")
	for b.Loop() {
		if _, err := w.Ask(b.Context(), process("web")); err != nil {
			b.Fatal(err)
		}
	}
}
