package domain_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func TestJudge(t *testing.T) {
	verdicts := map[string]domain.Verdict{
		"well":   domain.Healthy.Because("fine"),
		"well2":  domain.Healthy.Because("fine too"),
		"ill":    domain.Unhealthy.Because("out of memory"),
		"ill2":   domain.Unhealthy.Because("no answer"),
		"lost":   domain.Unknown.Because("no such file"),
		"lost2":  domain.Unknown.Because("no permission"),
		"silent": {},
	}
	tests := map[string]struct {
		checks string
		want   domain.Verdict
		ran    string
	}{
		"without checks nothing is known":         {"", domain.Verdict{Reason: "no check"}, ""},
		"one check is the verdict":                {"well", domain.Verdict{Health: domain.Healthy, Reason: "fine", Check: "well"}, "well"},
		"the first of the healthy ones speaks":    {"well well2", domain.Verdict{Health: domain.Healthy, Reason: "fine", Check: "well"}, "well well2"},
		"the first unhealthy wins":                {"well ill ill2", domain.Verdict{Health: domain.Unhealthy, Reason: "out of memory", Check: "ill"}, "well ill"},
		"unhealthy outweighs unknown before it":   {"lost ill", domain.Verdict{Health: domain.Unhealthy, Reason: "out of memory", Check: "ill"}, "lost ill"},
		"unknown outweighs healthy after it":      {"lost well", domain.Verdict{Reason: "no such file", Check: "lost"}, "lost well"},
		"unknown outweighs healthy before it":     {"well lost", domain.Verdict{Reason: "no such file", Check: "lost"}, "well lost"},
		"the first unknown speaks":                {"well lost lost2", domain.Verdict{Reason: "no such file", Check: "lost"}, "well lost lost2"},
		"a check that forgets its verdict is one": {"well silent", domain.Verdict{Check: "silent"}, "well silent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			var ran []string
			var checks []domain.Check
			for _, name := range strings.Fields(tt.checks) {
				checks = append(checks, domain.NewCheck(name, func(_ context.Context, p domain.Process) domain.Verdict {
					if p.PID != 7 {
						t.Errorf("%s was asked about pid %d", name, p.PID)
					}
					ran = append(ran, name)
					return verdicts[name]
				}))
			}
			got := domain.Judge(t.Context(), checks, domain.Process{PID: 7})
			if diff := cmp.Diff(tt.want, got); diff != "" || strings.Join(ran, " ") != tt.ran {
				t.Errorf("ran %s, want %s; -want +got:\n%s", ran, tt.ran, diff)
			}
		})
	}
}

func TestWarningsOfAllChecksGoWithTheVerdict(t *testing.T) {
	say := func(name string, v domain.Verdict) domain.Check {
		return domain.NewCheck(name, func(context.Context, domain.Process) domain.Verdict { return v })
	}
	soon := domain.Healthy.Because("fine").Warn("expires in %d days", 6)
	for name, tt := range map[string]struct {
		second domain.Verdict
		want   domain.Health
	}{
		"after a healthy one":    {domain.Healthy.Because("fine").Warn("leaks").Warn("slow"), domain.Healthy},
		"after an unhealthy one": {domain.Unhealthy.Because("down").Warn("leaks").Warn("slow"), domain.Unhealthy},
	} {
		t.Run(name, func(t *testing.T) {
			got := domain.Judge(t.Context(), []domain.Check{say("http", soon), say("memory", tt.second), say("cpu", soon)}, domain.Process{})
			want := []domain.Warning{{Check: "http", Text: "expires in 6 days"}, {Check: "memory", Text: "leaks"}, {Check: "memory", Text: "slow"}}
			if tt.want == domain.Healthy {
				want = append(want, domain.Warning{Check: "cpu", Text: "expires in 6 days"})
			}
			if diff := cmp.Diff(want, got.Warnings); diff != "" || got.Health != tt.want {
				t.Errorf("%s; -want +got:\n%s", got.Health, diff)
			}
		})
	}
}

func TestMeasuresOfAllChecksGoWithTheVerdict(t *testing.T) {
	say := func(name string, v domain.Verdict, of domain.Measured) domain.Check {
		return domain.NewCheck(name, func(context.Context, domain.Process) domain.Verdict {
			return v.Measuring(domain.Measure{Of: of, Value: 1})
		})
	}
	memory := say("memory", domain.Healthy.Because("fine"), domain.MeasuredMemory)
	http := say("http/a", domain.Unhealthy.Because("status 503").Measuring(domain.Measure{Of: domain.MeasuredCertificate, Value: 2}), domain.MeasuredAnswer)
	want := []domain.Measure{{Check: "memory", Of: domain.MeasuredMemory, Value: 1},
		{Check: "http/a", Of: domain.MeasuredCertificate, Value: 2}, {Check: "http/a", Of: domain.MeasuredAnswer, Value: 1}}
	for sentence, c := range map[string]struct {
		checks []domain.Check
		health domain.Health
		want   []domain.Measure
	}{
		"of one that is healthy":         {[]domain.Check{memory}, domain.Healthy, want[:1]},
		"of all before an unhealthy one": {[]domain.Check{memory, http, memory}, domain.Unhealthy, want},
	} {
		t.Run(sentence, func(t *testing.T) {
			v := domain.Judge(t.Context(), c.checks, domain.Process{})
			if diff := cmp.Diff(c.want, v.Measures); diff != "" || v.Health != c.health {
				t.Errorf("%s, -want +got:\n%s", v.Health, diff)
			}
		})
	}
}

func TestJudgeAfterCancellation(t *testing.T) {
	for _, said := range []domain.Verdict{domain.Healthy.Because("fine"), domain.Unhealthy.Because("dead"), {}} {
		ctx, cancel := context.WithCancelCause(t.Context())
		first := domain.NewCheck("first", func(context.Context, domain.Process) domain.Verdict {
			cancel(errors.New("the listener is stopping"))
			return said
		})
		second := domain.NewCheck("second", func(context.Context, domain.Process) domain.Verdict {
			t.Error("a check ran after the end")
			return said
		})
		got := domain.Judge(ctx, []domain.Check{first, second}, domain.Process{})
		want := domain.Verdict{Health: domain.Unknown, Reason: "the listener is stopping", Check: "first"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	}
}

func TestJudgePanic(t *testing.T) {
	var nothing map[string]int
	var nobody *domain.Process
	tests := map[string]struct {
		run  func()
		want string
	}{
		"a panic":       {func() { panic("no luck") }, "the check panicked: no luck at "},
		"an error":      {func() { panic(errors.New("no luck")) }, "the check panicked: no luck at "},
		"a nil map":     {func() { nothing["a"] = 1 }, "the check panicked: assignment to entry in nil map at "},
		"a nil pointer": {func() { nobody.PID++ }, "the check panicked: runtime error: invalid memory address or nil pointer dereference at "},
	}
	place := regexp.MustCompile(`[^ ]*/check_test\.go:\d+$`)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			check := domain.NewCheck("mine", func(context.Context, domain.Process) domain.Verdict {
				tt.run()
				return domain.Unhealthy.Because("never said")
			})
			got := domain.Judge(t.Context(), []domain.Check{check}, domain.Process{})
			if !place.MatchString(got.Reason) {
				t.Errorf("the place is missing: %s", got.Reason)
			}
			got.Reason = place.ReplaceAllString(got.Reason, "")
			if diff := cmp.Diff(domain.Verdict{Health: domain.Unknown, Reason: tt.want, Check: "mine"}, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestPanicSite(t *testing.T) {
	tests := map[string]struct{ stack, want string }{
		"the frame after the panic":         {"goroutine 1 [running]:\npanic({0x1, 0x2})\n\t/go/src/runtime/panic.go:792 +0x1\nmine.Run()\n\t/src/mine.go:7 +0x2\n", "/src/mine.go:7"},
		"frames of the runtime are skipped": {"panic({0x1, 0x2})\n\t/go/src/runtime/panic.go:792 +0x1\nruntime.sigpanic()\n\t/go/src/runtime/signal.go:1 +0x1\nmine.Run()\n\t/src/mine.go:7 +0x2\n", "/src/mine.go:7"},
		"a stack without a panic":           {"goroutine 1 [running]:\n", "an unknown place"},
		"a stack that was cut":              {"panic({0x1, 0x2})\n\t/go/src/runtime/panic.go:792 +0x1\n", "an unknown place"},
		"no stack":                          {"", "an unknown place"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := domain.PanicSite(tt.stack); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestNewCheckHasItsName(t *testing.T) {
	if got := domain.NewCheck("mine", nil).Name(); got != "mine" {
		t.Errorf("got %s", got)
	}
}

func TestOneThatIsBootingOutweighsTheHealthyOnes(t *testing.T) {
	says := func(name string, v domain.Verdict) domain.Check {
		return domain.NewCheck(name, func(context.Context, domain.Process) domain.Verdict { return v })
	}
	booting := domain.Healthy.Because("no heartbeat yet")
	booting.Booting = true
	well, unsure, sick := domain.Healthy.Because("fine"), domain.Unknown.Because("no permission"), domain.Unhealthy.Because("down")
	for name, test := range map[string]struct {
		verdicts []domain.Verdict
		want     domain.Verdict
	}{
		"before a healthy one":  {[]domain.Verdict{booting, well}, booting},
		"after a healthy one":   {[]domain.Verdict{well, booting}, booting},
		"not an unknown one":    {[]domain.Verdict{booting, unsure, booting}, unsure},
		"not an unhealthy one":  {[]domain.Verdict{booting, sick}, sick},
		"the first of several":  {[]domain.Verdict{booting, domain.Verdict{Health: domain.Healthy, Reason: "later", Booting: true}}, booting},
		"and none that is well": {[]domain.Verdict{well, well}, well},
	} {
		var all []domain.Check
		for _, v := range test.verdicts {
			all = append(all, says("x", v))
		}
		got := domain.Judge(t.Context(), all, domain.Process{})
		if got.Health != test.want.Health || got.Reason != test.want.Reason || got.Booting != test.want.Booting {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestAPlannedRestartIsWhatTheRoundSays(t *testing.T) {
	says := func(name string, v domain.Verdict) domain.Check {
		return domain.NewCheck(name, func(context.Context, domain.Process) domain.Verdict { return v })
	}
	planned := domain.Healthy.Because("old")
	planned.Planned = true
	well, ill, unsure := says("http", domain.Healthy.Because("well")), says("http", domain.Unhealthy.Because("ill")), says("http", domain.Unknown.Because("unsure"))
	old := says("uptime", planned)
	for sentence, c := range map[string]struct {
		all  []domain.Check
		want string
		plan bool
	}{
		"the only one":            {[]domain.Check{old}, "old", true},
		"before one that is well": {[]domain.Check{old, well}, "old", true},
		"after one that is well":  {[]domain.Check{well, old}, "old", true},
		"after one that is ill":   {[]domain.Check{ill, old}, "ill", false},
		"before one that is ill":  {[]domain.Check{old, ill}, "ill", false},
		"nobody can tell":         {[]domain.Check{old, unsure}, "unsure", false},
		"nor before":              {[]domain.Check{unsure, old}, "unsure", false},
	} {
		if got := domain.Judge(t.Context(), c.all, domain.Process{}); got.Reason != c.want || got.Planned != c.plan {
			t.Errorf("%s: %+v", sentence, got)
		}
	}
}
