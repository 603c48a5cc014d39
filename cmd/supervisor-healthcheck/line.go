package main

import (
	"errors"
	"fmt"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// line is the command line of one listener command.
type line struct {
	command command
	parser  *flags.Parser
	words   []word
	target  target
	checks  checkTable
	policy  domain.Policy
	common  app.Options
	groups  []group
	byHand  bool // it is tried, and that goes without supervisord too
	unread  bool // what stands in a file or a variable that a flag names is not read
}

// group is a table with what is said of it in the help.
type group struct {
	name, intro string
	table       []domain.Setting
	defaults    bool // what is not given is set to its default, besides being shown with it
	words       []word
}

const (
	targetGroup = "Which processes"
	policyGroup = "Policy"
	serverGroup = "Supervisor"
	viewGroup   = "View"
	logGroup    = "Log"
)

func newLine(name string, c command) (*line, error) {
	l := &line{command: c, parser: flags.NewNamedParser(name, flags.HelpFlag|flags.PassDoubleDash), checks: c.checks(), policy: domain.DropIn()}
	policy := append([]domain.Setting{l.policy.Basis()}, l.policy.Table()...)
	l.groups = []group{
		{name: targetGroup, table: l.target.Table()},
		{name: c.title, table: l.checks.Table(), defaults: true},
		{name: policyGroup, intro: policyIntro(policy), table: policy},
		{name: serverGroup, intro: serverIntro(l.common.SupervisorTable()), table: l.common.SupervisorTable()},
		{name: viewGroup, intro: viewIntro(l.common.ViewTable()), table: l.common.ViewTable()},
		{name: logGroup, intro: logIntro(l.common.LogTable()), table: l.common.LogTable()},
	}
	l.words = []word{{long: "help", short: 'h'}} // go-flags adds it while it parses
	for i := range l.groups {
		g := &l.groups[i]
		added, err := addWords(l.parser, g.name, g.intro, g.table)
		if err != nil {
			return nil, err
		}
		g.words = added
		l.words = append(l.words, added...)
	}
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
	r := &reader{words: l.words, getenv: getenv, unread: l.unread, wrong: e.wrong, said: map[string]bool{}}
	for _, long := range e.spoilt {
		r.said[long] = true
	}
	return l.read(r)
}

func (l *line) read(r *reader) (app.Options, error) {
	r.readVariables()
	for _, g := range l.groups {
		r.requireNeeded(g)
	}
	for _, g := range l.groups {
		r.fill(g)
		switch g.name {
		case targetGroup:
			r.requireTarget(l.target)
		case policyGroup:
			r.tryBuild(l.checks.settings())
		case serverGroup:
			if !l.byHand {
				r.requireServer(l.common.ServerURL)
			}
		}
	}
	options := l.common
	options.Self = domain.ID{Group: r.getenv("SUPERVISOR_GROUP_NAME"), Name: r.getenv("SUPERVISOR_PROCESS_NAME")}
	options.Watches = []app.Watch{{Name: l.target.name, Select: l.target.selection(), Checks: l.checks.settings(), Policy: l.policy}}
	return options, r.wrong.err()
}

// requireServer says where the address of supervisord comes from.
func (r *reader) requireServer(url string) {
	if url == "" && r.text("serverurl") == "" && !r.said["serverurl"] {
		r.fail(errors.New("SUPERVISOR_SERVER_URL is missing: run this command as an [eventlistener:x] of a supervisord that has a [unix_http_server] section, or give --serverurl"))
	}
}

// tryBuild builds the checks once, for what that says about their settings, unless enough was said.
func (r *reader) tryBuild(all []checks.Settings) {
	if len(r.wrong) > 0 {
		return
	}
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
	value := bad.Value
	if value == domain.Hidden {
		value = ""
	}
	for _, w := range r.words {
		if w.row.JSON != bad.Setting || w.row.JSON == "" {
			continue
		}
		if bad.Value == "" && !r.given(w) {
			r.fail(fmt.Errorf("%s is missing: %s", w.label(), bad.Why))
		} else {
			r.fail(sentence(w.label(), value, bad.Why))
		}
		return
	}
	r.fail(bad)
}
