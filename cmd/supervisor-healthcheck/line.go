package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// checkFlags are the flags of one command, which describe its checks.
type checkFlags interface {
	settings(r *reader) []checks.Settings
}

// line is the command line of one listener command.
type line struct {
	command    command
	parser     *flags.Parser
	words      []word
	target     targetFlags
	check      checkFlags
	supervisor supervisorFlags
	log        logFlags
}

func newLine(name string, c command) (*line, error) {
	l := &line{command: c, parser: flags.NewNamedParser(name, flags.HelpFlag|flags.PassDoubleDash), check: c.flags()}
	for _, group := range []struct {
		name, intro string
		flags       any
	}{
		{"Which processes", "", &l.target},
		{c.title, "", l.check},
		{policyGroup, policyIntro, &policyFlags{}},
		{"Supervisor", supervisorIntro, &l.supervisor},
		{"Log", logIntro, &l.log},
	} {
		if _, err := l.parser.AddGroup(group.name, group.intro, group.flags); err != nil {
			return nil, err
		}
	}
	l.words = words(l.parser)
	return l, nil
}

// options reads the command line. Its error has one sentence for the operator in each line, or is a *flags.Error that asks
// for help.
func (l *line) options(args []string, getenv func(string) string) (app.Options, error) {
	e := newExpander(l.words)
	e.read(args)
	rest, err := l.parser.ParseArgs(e.out)
	if err != nil {
		return app.Options{}, err
	}
	if len(rest) > 0 {
		e.wrong.add(unexpected(rest[0]))
	}
	r := &reader{words: l.words, getenv: getenv, wrong: e.wrong, said: map[string]bool{}}
	for _, long := range e.spoilt {
		r.said[long] = true
	}
	return l.read(r)
}

func (l *line) read(r *reader) (app.Options, error) {
	r.readVariables()
	r.requireNeeded()
	watch := app.Watch{Name: l.target.Name, Select: l.target.selection(r), Checks: l.check.settings(r), Policy: r.policy()}
	if len(r.wrong) == 0 {
		r.tryBuild(watch.Checks)
	}
	options := l.supervisor.options(r, l.log)
	options.Watches = []app.Watch{watch}
	return options, r.wrong.err()
}

// tryBuild builds the checks once, for what that says about their settings.
func (r *reader) tryBuild(all []checks.Settings) {
	for _, settings := range all {
		if _, err := settings.Build(checks.World{}); err != nil {
			r.refuseSetting(err)
		}
	}
}

// refuseSetting says which flag a setting of a check came from. What the checks say of secrets is fit to be shown,
// with stars for a value.
func (r *reader) refuseSetting(err error) {
	bad, ok := errors.AsType[*domain.SettingError](err)
	if !ok {
		r.fail(err)
		return
	}
	setting := strings.ReplaceAll(bad.Setting, "_", "-")
	for _, w := range r.words {
		if (w.setting == setting || w.long == setting) && bad.Value == "" && !r.given(w) {
			r.fail(fmt.Errorf("%s is missing: %s", w.label(), bad.Why))
			return
		}
		if w.setting == setting || w.long == setting {
			r.fail(sentence(w.label(), shown(bad.Value), bad.Why))
			return
		}
	}
	r.fail(bad)
}

func shown(value string) string {
	if value == "***" {
		return ""
	}
	return value
}
