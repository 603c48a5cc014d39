package domain_test

import (
	"context"
	"slices"
	"testing"

	"supervisor-healthcheck/domain"
)

func TestCycles(t *testing.T) {
	others := map[string][]string{"web": {"api", "redis"}, "api": {"redis", "db"}, "db": {"api"}, "self": {"self"}, "outside": {"db"}, "redis": nil}
	for name, want := range map[string][]string{
		"web": nil, "redis": nil, "outside": nil, "unknown": nil,
		"api": {"api", "db", "api"}, "db": {"db", "api", "db"}, "self": {"self", "self"},
	} {
		if got := domain.Cycle(name, others); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestDependenciesThatCannotBe(t *testing.T) {
	watch := func(name string, depends ...domain.Dependency) domain.Watch {
		return domain.Watch{Name: name, Depends: depends}
	}
	on := func(name string) domain.Dependency { return domain.Dependency{Name: name} }
	address := domain.Dependency{Name: "tcp db", Check: domain.NewCheck("tcp db", func(context.Context, domain.Process) domain.Verdict { return domain.Verdict{} })}
	for want, watches := range map[string][]domain.Watch{
		"": {watch("web", on("api"), address), watch("api", address)},
		"web: depends on redis, which is no watch":  {watch("web", on("redis"))},
		"web: depends on itself: web -> api -> web": {watch("web", on("api")), watch("api", on("web"))},
	} {
		got := ""
		if err := domain.CheckDependencies(watches); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
