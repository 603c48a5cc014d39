package checks_test

import (
	"context"
	"fmt"
	"testing"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/ports"
)

// lean is a kernel that tells at once, so that the check alone is measured.
type lean struct{ ports.ProcessStats }

func (lean) Memory(context.Context, int) (domain.Usage, error) {
	return domain.Usage{RSS: 212 * mb, Processes: 1}, nil
}

// BenchmarkMemory judges a thousand processes.
func BenchmarkMemory(b *testing.B) {
	check, err := checks.Memory{MaxRSS: 800 << 10}.Build(checks.World{Stats: lean{}})
	if err != nil {
		b.Fatal(err)
	}
	all := make([]domain.Process, 1000)
	for i := range all {
		all[i] = domain.Process{ID: domain.ID{Group: "web", Name: fmt.Sprint(i)}, State: domain.Running, PID: i + 1}
	}
	list := []domain.Check{check}
	b.ReportAllocs()
	for b.Loop() {
		for _, p := range all {
			if domain.Judge(b.Context(), list, p).Health != domain.Healthy {
				b.Fatal("it is not healthy")
			}
		}
	}
}
