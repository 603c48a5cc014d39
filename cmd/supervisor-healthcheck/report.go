package main

import (
	"fmt"
	"time"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/app/view/report"
	"supervisor-healthcheck/domain"
)

// reportFlags are those of the command report.
type reportFlags struct {
	where  view.Where
	since  time.Duration
	format string
}

// Table is the settings of the command.
func (f *reportFlags) Table() []domain.Setting {
	return append(whereTable(&f.where), sinceRow(&f.since, "7d"),
		domain.Setting{Word: "format", Value: "FORMAT", Default: "text", Doc: "text, or json: one document", Flag: domain.Flag{Long: "format"}, Set: oneWord(&f.format, "text", "json")})
}

// report says what events come to.
func (p program) report(args []string) int {
	const name = self + " " + reportCommand
	given := reportFlags{where: p.where(), since: 7 * 24 * time.Hour, format: "text"}
	names, err := parseOwn(given.Table(), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprint(p.stdout, reportHelp())
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	}
	ctx, stop := untilInterrupted()
	defer stop()
	now := p.now()
	r, err := view.Report(ctx, given.where, names, now.Add(-given.since), now)
	if err != nil {
		p.refuse(name, err.Error())
		return exitUndecided
	}
	if p.showReport(given.format, r) != nil {
		return exitTrouble
	}
	return exitOK
}

func (p program) showReport(format string, r report.Report) error {
	if format == "json" {
		return writeJSON(p.stdout, r)
	}
	return r.Write(p.stdout, p.screen(), time.Local)
}

func reportHelp() string {
	return fmt.Sprintf("Usage: %s %s [NAME...] [OPTIONS]\n\n%s\n\n", self, reportCommand, wrap(summary(reportCommand), 0)) +
		wrap("NAME is a process, a group or a section. What is counted and suggested: "+self+" help report. "+exitsOf(reportCommand), 0) + helpOwn(new(reportFlags).Table())
}
