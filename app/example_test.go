package app_test

import (
	"context"
	"os"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// A check of one's own is a name and a function. Here it is mixed with a built-in one.
func ExampleMain() {
	backlog := domain.NewCheck("backlog", func(_ context.Context, p domain.Process) domain.Verdict {
		jobs, err := os.ReadDir("/var/spool/" + p.Name)
		if err != nil {
			return domain.Unknown.Because("%s", err)
		}
		if len(jobs) > 1000 {
			return domain.Unhealthy.Because("%d jobs are waiting", len(jobs))
		}
		return domain.Healthy.Because("%d jobs are waiting", len(jobs))
	})
	os.Exit(app.Main(app.Options{Watches: []app.Watch{{
		Name:   "mailer",
		Select: domain.SelectGroup("mailer"),
		Checks: []checks.Settings{checks.Custom{Check: backlog}, checks.Memory{MaxRSS: 200 << 10}},
		Policy: domain.Recommended(),
	}}}))
}

// marker is a check of one's own as a type: a process is unhealthy while a file of its name lies in the folder.
type marker struct{ folder string }

func (m marker) Name() string { return "marker" }

func (m marker) Run(_ context.Context, p domain.Process) domain.Verdict {
	switch _, err := os.Stat(m.folder + "/" + p.Name); {
	case err == nil:
		return domain.Unhealthy.Because("%s is marked as sick", p.Name)
	case os.IsNotExist(err):
		return domain.Healthy.Because("%s is not marked", p.Name)
	default:
		return domain.Unknown.Because("%s", err)
	}
}

// The same with a type, and with the patience of the Python package.
func ExampleMain_type() {
	os.Exit(app.Main(app.Options{Watches: []app.Watch{{
		Name:   "mailer",
		Select: domain.SelectID(domain.ID{Group: "mailer", Name: "queue"}),
		Checks: []checks.Settings{checks.Custom{Check: marker{folder: "/var/lib/sick"}}},
		Policy: domain.DropIn(),
	}}}))
}
