package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// policy reads settings over the drop-in policy, such as "failures=3 start-grace=30s".
func policy(t *testing.T, settings string) domain.Policy {
	t.Helper()
	p := domain.DropIn()
	for setting := range strings.FieldsSeq(settings) {
		name, value, _ := strings.Cut(setting, "=")
		if err := p.Set(name, value); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

func TestPolicyNamed(t *testing.T) {
	refused := func(name string) error {
		return &domain.SettingError{Setting: "policy", Value: name, Why: `write "drop-in" or "recommended"`}
	}
	tests := map[string]struct {
		want domain.Policy
		err  error
	}{
		"drop-in":     {domain.DropIn(), nil},
		"recommended": {domain.Recommended(), nil},
		"":            {domain.DropIn(), refused("")},
		"Recommended": {domain.DropIn(), refused("Recommended")},
		"strict":      {domain.DropIn(), refused("strict")},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := domain.PolicyNamed(name)
			if diff := cmp.Diff([]any{tt.want, tt.err}, []any{got, err}); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	drop := domain.Policy{Failures: 1, Successes: 1, MaxParallel: 16}
	if diff := cmp.Diff(drop, domain.DropIn()); diff != "" {
		t.Errorf("drop-in: -want +got:\n%s", diff)
	}
	want := policy(t, "failures=2 successes=1 start-grace=10s warmup=20m patience=3m ladder=1m..1h restart-limit=none rearm=human "+
		"backoff=none max-parallel=1 mass-failure=off outage=5m recover=fatal mode=act interval=10s action=restart")
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

func TestAPolicyIsToldAsItIsRead(t *testing.T) {
	all := map[string]domain.Policy{"drop-in": domain.DropIn(), "recommended": domain.Recommended(),
		"": policy(t, "failures=2 successes=3 start-grace=90 restart-limit=5/90m rearm=window backoff=30s ladder=10s..10m mass-failure=7% "+
			"recover=exited,backoff mode=observe interval=1h30m action=signal:hup warmup=1d patience=0.5")}
	for name, want := range all {
		var got domain.Policy
		for i, row := range want.Table() {
			if err := got.Table()[i].Set(row.Get()); err != nil {
				t.Error(err)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: -want +got:\n%s", name, diff)
		}
		basis := got.Basis()
		if basis.Get() != name {
			t.Errorf("%s is told as %q", name, basis.Get())
		}
		if err := basis.Set(" recommended "); err != nil || !cmp.Equal(domain.Recommended(), got) {
			t.Errorf("%s cannot become the recommended one: %v", name, err)
		}
		if err := basis.Set("best"); err == nil || err.Error() != `policy "best": write "drop-in" or "recommended"` || !cmp.Equal(domain.Recommended(), got) {
			t.Errorf("%v, %+v", err, got)
		}
	}
}
