package main

import (
	"fmt"
	"io"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/view"
)

// metrics prints the metrics of a listener.
func (p program) metrics(args []string) int {
	const name = self + " " + metricsCommand
	where := p.where()
	rest, err := parseOwn(whereTable(&where), name, args, flags.None)
	switch {
	case flags.WroteHelp(err):
		fmt.Fprintf(p.stdout, "Usage: %s [OPTIONS]\n\n%s\n\n%s%s", name, wrap(summary(metricsCommand), 0), wrap(exitsOf(metricsCommand), 0), helpOwn(whereTable(&where)))
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	case len(rest) > 0:
		return p.refuse(name, fmt.Sprintf("unexpected argument %q: write %s [--socket PATH]", rest[0], name))
	}
	ctx, stop := untilInterrupted()
	defer stop()
	text, err := view.Metrics(ctx, where)
	if err != nil {
		p.refuse(name, err.Error())
		return exitUndecided
	}
	if _, err := io.WriteString(p.stdout, text); err != nil {
		return exitTrouble
	}
	return exitOK
}
