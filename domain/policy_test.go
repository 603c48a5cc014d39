package domain_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestDefaults(t *testing.T) {
	drop := domain.Policy{Failures: 1, Successes: 1, MaxParallel: 16}
	if diff := cmp.Diff(drop, domain.DropIn()); diff != "" {
		t.Errorf("drop-in: -want +got:\n%s", diff)
	}
	want := policy(t, "failures=3 successes=1 start-grace=30s restart-limit=5/1h rearm=human backoff=10s..10m max-parallel=1 "+
		"mass-failure=50% recover=none mode=act interval=15s action=restart")
	if diff := cmp.Diff(want, domain.Recommended()); diff != "" {
		t.Errorf("recommended: -want +got:\n%s", diff)
	}
}

func TestLimitString(t *testing.T) {
	tests := map[string]domain.Limit{
		"none":     {},
		"5/1h":     {Count: 5, Per: time.Hour},
		"5/24h":    {Count: 5, Per: 24 * time.Hour},
		"1/90m":    {Count: 1, Per: 90 * time.Minute},
		"1/30s":    {Count: 1, Per: 30 * time.Second},
		"1/1m30s":  {Count: 1, Per: 90 * time.Second},
		"1/1h0m1s": {Count: 1, Per: time.Hour + time.Second},
	}
	for want, limit := range tests {
		if limit.String() != want {
			t.Errorf("got %s, want %s", limit, want)
		}
	}
}

func TestRecovers(t *testing.T) {
	p := policy(t, "recover=fatal,exited")
	got := map[domain.State]bool{}
	for _, s := range []domain.State{domain.Stopped, domain.Running, domain.Backoff, domain.Exited, domain.Fatal} {
		got[s] = p.Recovers(s)
	}
	want := map[domain.State]bool{domain.Stopped: false, domain.Running: false, domain.Backoff: false, domain.Exited: true, domain.Fatal: true}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
