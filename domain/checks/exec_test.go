package checks_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestACommandIsToldOfTheProcess(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.Exec
		want     domain.Command
	}{
		"as it is written": {
			checks.Exec{Command: `check -w "a b"`},
			domain.Command{Args: []string{"check", "-w", "a b"}, Timeout: 10 * time.Second},
		},
		"by a shell": {
			checks.Exec{Command: "a | b 'c'", Shell: true},
			domain.Command{Args: []string{"/bin/sh", "-c", "a | b 'c'"}, Timeout: 10 * time.Second},
		},
		"as somebody else, somewhere else": {
			checks.Exec{Command: "./check", User: "nobody", Directory: "/srv", Timeout: time.Minute, Environment: map[string]string{"B": "2", "A": "1"}},
			domain.Command{Args: []string{"./check"}, User: "nobody", Directory: "/srv", Timeout: time.Minute, Env: []string{"A=1", "B=2"}},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			c.want.Env = append([]string{"SUPERVISOR_PROCESS_NAME=web_8081", "SUPERVISOR_GROUP_NAME=web", "SUPERVISOR_PROCESS_PID=4711"}, c.want.Env...)
			w.commands.EXPECT().Run(gomock.Any(), c.want).Return(domain.Outcome{Output: "fine\n"}, nil)
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), domain.Healthy.Because("fine"))
		})
	}
}

func TestTheExitStatusIsJudgedByItsConvention(t *testing.T) {
	healthy, unhealthy, unknown := domain.Healthy, domain.Unhealthy, domain.Unknown
	nagios, exit := checks.Exec{}, checks.Exec{Convention: checks.ExitStatus}
	warned := func(text string) domain.Verdict { return healthy.Because("%s", text).Warn("%s", text) }
	for sentence, c := range map[string]struct {
		settings checks.Exec
		outcome  domain.Outcome
		want     domain.Verdict
	}{
		"0":                            {nagios, domain.Outcome{Output: "PROCS OK: 3 processes | procs=3;;1:;0;\nmore\n"}, healthy.Because("PROCS OK: 3 processes")},
		"0 and nothing said":           {nagios, domain.Outcome{}, healthy.Because("exit status 0")},
		"1":                            {nagios, domain.Outcome{Status: 1, Output: "DISK WARNING - 5% left"}, warned("DISK WARNING - 5% left")},
		"1 and nothing said":           {nagios, domain.Outcome{Status: 1}, warned("exit status 1")},
		"1 that counts":                {checks.Exec{Warning: "unhealthy"}, domain.Outcome{Status: 1, Output: "W"}, unhealthy.Because("W")},
		"1 that counts for nothing":    {checks.Exec{Warning: "unknown"}, domain.Outcome{Status: 1, Output: "W"}, unknown.Because("exit status 1: W")},
		"2":                            {nagios, domain.Outcome{Status: 2, Output: "\r\n\n queue is\tfull\x1b[31m\r\n"}, unhealthy.Because("queue is full [31m")},
		"3":                            {nagios, domain.Outcome{Status: 3, Output: "cannot say"}, unknown.Because("exit status 3: cannot say")},
		"another":                      {nagios, domain.Outcome{Status: 77}, unknown.Because("exit status 77")},
		"127, a shell's":               {exit, domain.Outcome{Status: 127, Errors: "sh: 1: chekc: not found\n"}, unknown.Because("exit status 127: sh: 1: chekc: not found")},
		"126, a shell's":               {nagios, domain.Outcome{Status: 126}, unknown.Because("exit status 126")},
		"1 of a script that has died":  {nagios, domain.Outcome{Status: 1, Errors: "Traceback:\n  File x\nKeyError: 'a'\n"}, warned("KeyError: 'a'")},
		"a signal":                     {nagios, domain.Outcome{Status: -1, Signal: "SIGSEGV"}, unknown.Because("the command was ended by SIGSEGV")},
		"plainly 0":                    {exit, domain.Outcome{Output: "ok"}, healthy.Because("ok")},
		"plainly 1":                    {exit, domain.Outcome{Status: 1, Output: "no"}, unhealthy.Because("no")},
		"plainly 3":                    {exit, domain.Outcome{Status: 3}, unhealthy.Because("exit status 3")},
		"plainly a signal":             {exit, domain.Outcome{Status: -1, Signal: "SIGKILL"}, unhealthy.Because("the command was ended by SIGKILL")},
		"no end":                       {nagios, domain.Outcome{TimedOut: true, Signal: "SIGTERM", Output: "half\nof it"}, unhealthy.Because("the command did not end within 10s: half")},
		"no end of what it has to say": {nagios, domain.Outcome{Flooded: true, Signal: "SIGKILL", Output: "y\ny\n"}, unknown.Because("the command wrote without an end: y")},
		"too much in a line":           {nagios, domain.Outcome{Status: 2, Output: strings.Repeat("x", 4096)}, unhealthy.Because("%s...", strings.Repeat("x", 197))},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.commands.EXPECT().Run(gomock.Any(), gomock.Any()).Return(c.outcome, nil)
			c.settings.Command = "check"
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), c.want)
		})
	}
}

func TestACommandThatCannotBeRunRestartsNothing(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.Exec{Command: "check"}, w)
	w.commands.EXPECT().Run(gomock.Any(), gomock.Any()).Return(domain.Outcome{}, errors.New("there is no program"))
	wantVerdict(t, check.Run(t.Context(), web()), domain.Unknown.Because("there is no program"))
	w.commands.EXPECT().Run(gomock.Any(), gomock.Any()).Return(domain.Outcome{}, context.Canceled)
	wantVerdict(t, check.Run(cancelled(), web()), domain.Unknown.Because("context canceled"))
	wantVerdict(t, check.Run(t.Context(), domain.Process{}), domain.Unknown.Because("the process has no pid"))
}

func TestWhatACommandRepeatsOfItsEnvironmentIsHidden(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.Exec{Command: "check", Environment: map[string]string{"TOKEN": "T0PS3CR3T", "N": "2"}}, w)
	w.commands.EXPECT().Run(gomock.Any(), gomock.Any()).Return(domain.Outcome{Status: 2, Output: "refused T0PS3CR3T 2 times"}, nil)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Unhealthy.Because("refused *** 2 times"))
}

func TestSettingsOfACommandThatCannotBeAreRefused(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.Exec
		want     domain.SettingError
	}{
		"none":         {checks.Exec{}, domain.SettingError{Setting: "command", Why: "write the program and its arguments"}},
		"a quote":      {checks.Exec{Command: `check "a`}, domain.SettingError{Setting: "command", Value: `check "a`, Why: `a quotation mark has no end; write \" or \' for one that is meant`}},
		"no program":   {checks.Exec{Command: `"" a`}, domain.SettingError{Setting: "command", Value: `"" a`, Why: "write the program and its arguments"}},
		"a directory":  {checks.Exec{Command: "a", Directory: "srv"}, domain.SettingError{Setting: "directory", Value: "srv", Why: "write the whole path of the directory, beginning with a slash"}},
		"a timeout":    {checks.Exec{Command: "a", Timeout: -1}, domain.SettingError{Setting: "timeout", Value: "-1ns", Why: "write how long the command may take, such as 10 seconds"}},
		"both":         {checks.Exec{Command: "a", Convention: "exit", Warning: "unknown"}, domain.SettingError{Setting: "warning", Value: "unknown", Why: "with convention = exit every status but 0 is unhealthy; leave one of both out"}},
		"a convention": {checks.Exec{Command: "a", Convention: "x"}, domain.SettingError{Setting: "convention", Value: "x", Why: "write nagios or exit"}},
		"a warning":    {checks.Exec{Command: "a", Warning: "x"}, domain.SettingError{Setting: "warning", Value: "x", Why: "write healthy, unhealthy or unknown"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := c.settings.Build(checks.World{})
			wantSettingError(t, err, c.want)
		})
	}
}
