package checks_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestAWorkerIsHiredOnceForAllProcesses(t *testing.T) {
	w := newWorld(t)
	check := build(t, checks.Worker{Command: `w -v "a b"`, Timeout: time.Minute, Parallel: 4, User: "nobody", Directory: "/srv", Environment: map[string]string{"TOKEN": "T0PS3CR3T"}}, w)
	w.workers.EXPECT().Worker(domain.Command{Args: []string{"w", "-v", "a b"}, Timeout: time.Minute, User: "nobody", Directory: "/srv",
		Env: []string{"TOKEN=T0PS3CR3T"}}, 4).Return(w.worker)
	other := web()
	other.Name = "web_8082"
	w.worker.EXPECT().Ask(gomock.Any(), web()).Return(domain.Healthy.Because("all\nis well"), nil)
	w.worker.EXPECT().Ask(gomock.Any(), other).Return(domain.Unhealthy.Because("T0PS3CR3T is refused %s", strings.Repeat("x", 300)).Warn("so is T0PS3CR3T"), nil)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("all is well"))
	wantVerdict(t, check.Run(t.Context(), other), domain.Unhealthy.Because("*** is refused %s...", strings.Repeat("x", 182)).Warn("so is ***"))
	w.worker.EXPECT().Ask(gomock.Any(), web()).Return(domain.Verdict{}, nil)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Unknown.Because("the worker gives no reason"))
	w.worker.EXPECT().Ask(gomock.Any(), web()).Return(domain.Verdict{}, errors.New("the worker has ended"))
	wantVerdict(t, check.Run(t.Context(), web()), domain.Unknown.Because("the worker has ended"))
	wantVerdict(t, check.Run(t.Context(), domain.Process{}), domain.Unknown.Because("the process has no pid"))
	w.worker.EXPECT().Close()
	check.(domain.Closing).Close()
}

func TestSettingsOfAWorkerThatCannotBeAreRefused(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.Worker
		want     domain.SettingError
	}{
		"none":        {checks.Worker{}, domain.SettingError{Setting: "command", Why: "write the program and its arguments"}},
		"too many":    {checks.Worker{Command: "a", Parallel: 257}, domain.SettingError{Setting: "parallel", Value: "257", Why: "write a whole number from 1 to 256"}},
		"a directory": {checks.Worker{Command: "a", Directory: "srv"}, domain.SettingError{Setting: "directory", Value: "srv", Why: "write the whole path of the directory, beginning with a slash"}},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := c.settings.Build(checks.World{})
			wantSettingError(t, err, c.want)
		})
	}
}

func TestAWorkerHasAPlaceAmongOtherChecks(t *testing.T) {
	w := newWorld(t)
	all := parse(t, `{"memory": {"max_rss": 4194304}, "worker": {"command": "python3 'a b.py'", "timeout": 30, "parallel": 16}}`, w)
	w.stats.EXPECT().Memory(gomock.Any(), 4711).Return(domain.Usage{RSS: 1}, nil)
	w.workers.EXPECT().Worker(domain.Command{Args: []string{"python3", "a b.py"}, Timeout: 30 * time.Second}, 16).Return(w.worker)
	w.worker.EXPECT().Ask(gomock.Any(), web()).Return(domain.Unhealthy.Because("so it is"), nil)
	wantVerdict(t, domain.Judge(t.Context(), all, web()), domain.Verdict{Health: domain.Unhealthy, Reason: "so it is", Check: "worker"})
	for text, want := range map[string]domain.SettingError{
		`{"exec": {"command": "a"}}`:                    {Setting: "***", Value: "***", Why: "there is no such check; there are http, tcp, xmlrpc, memory, cpu, file, worker"},
		`{"worker": {"command": "a", "shell": true}}`:   {Setting: "worker.***", Value: "***", Why: "there is no such setting; there are command, parallel, timeout"},
		`{"worker": {"command": "a", "parallel": "2"}}`: {Setting: "worker.parallel", Value: `"2"`, Why: "write a whole number from 1 to 256"},
	} {
		_, err := checks.ParseComplex(text)
		wantSettingError(t, err, want)
	}
}
