package app_test

import (
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
	"supervisor-healthcheck/mocks/supervisord"
)

func TestABadSettingIsOnePlainSentence(t *testing.T) {
	for name, c := range map[string]struct {
		change func(o *app.Options)
		want   string
	}{
		"a log level that there is not": {func(o *app.Options) { o.LogLevel = "loud" },
			`log level "loud": write debug, info, warn or error`},
		"a log format that there is not": {func(o *app.Options) { o.LogFormat = "xml" },
			`log format "xml": write text or json`},
		"no watch": {func(o *app.Options) { o.Watches = nil },
			`nothing to watch`},
		"a watch that selects nothing": {func(o *app.Options) { o.Watches[0].Select = domain.Selection{} },
			`my_check: selects no process`},
		"a watch without a check": {func(o *app.Options) { o.Watches[0].Checks = nil },
			`my_check: has no check`},
		"a policy that was forgotten": {func(o *app.Options) { o.Watches[0].Policy = domain.Policy{} },
			`my_check: the policy is not complete: begin with domain.DropIn or domain.Recommended`},
		"an address without a host": {func(o *app.Options) { o.ServerURL = "http://" },
			`SUPERVISOR_SERVER_URL "http://": write "unix:///path" as in [unix_http_server] or "http://host:port" as in [inet_http_server]; --serverurl overrides it`},
		"an address that is none, with a password": {func(o *app.Options) { o.ServerURL = "http://admin:s3cret@" },
			`SUPERVISOR_SERVER_URL "(not shown)": write "unix:///path" as in [unix_http_server] or "http://host:port" as in [inet_http_server]; --serverurl overrides it`},
		"a password that breaks the address": {func(o *app.Options) { o.ServerURL = "http://admin:s3/cret@127.0.0.1:9001" },
			`SUPERVISOR_SERVER_URL "(not shown)": write "unix:///path" as in [unix_http_server] or "http://host:port" as in [inet_http_server]; --serverurl overrides it`},
		"a limit that is none": {func(o *app.Options) { o.Watches[0].Checks = []checks.Settings{checks.Memory{}} },
			badMemory()},
		"a custom check that is nil": {func(o *app.Options) { o.Watches[0].Checks = []checks.Settings{checks.Custom{}} },
			`my_check: check is missing: a custom check needs a domain.Check`},
		"settings that build nothing": {func(o *app.Options) { o.Watches[0].Checks = []checks.Settings{hollow{}} },
			`my_check: a check is nil`},
	} {
		t.Run(name, func(t *testing.T) {
			o := fine(t)
			c.change(&o)
			r := runs(t, o)
			if got := r.end(); got != app.ExitUsage {
				t.Errorf("the exit status is %d", got)
			}
			if diff := cmp.Diff("level=ERROR supervisor-healthcheck: "+c.want+"\n", withoutTime(r.log.String())); diff != "" {
				t.Error(diff)
			}
			if got := r.answers.String(); got != "" {
				t.Errorf("the protocol has %q", got)
			}
		})
	}
}

// badMemory is the sentence of the check itself, behind the name of the watch.
func badMemory() string {
	_, err := checks.Memory{}.Build(checks.World{})
	return "my_check: " + err.Error()
}

// hollow are settings that forget to build a check.
type hollow struct{}

// Build returns nothing.
func (hollow) Build(checks.World) (domain.Check, error) { return nil, nil }

func TestWithoutAnAddressItSaysWhatIsMissing(t *testing.T) {
	t.Setenv("SUPERVISOR_SERVER_URL", "")
	o := fine(t)
	o.ServerURL = ""
	r := runs(t, o)
	const want = `level=ERROR supervisor-healthcheck: SUPERVISOR_SERVER_URL is missing: add a [unix_http_server] or [inet_http_server] ` +
		"section to supervisord's configuration, or give --serverurl\n"
	if got := r.end(); got != app.ExitUsage || withoutTime(r.log.String()) != want {
		t.Errorf("%d, %s", got, r.log)
	}
}

// withoutTime takes the time from a line that must have one.
func withoutTime(line string) string {
	front, rest, _ := strings.Cut(line, " ")
	if _, err := time.Parse(time.RFC3339Nano, strings.TrimPrefix(front, "time=")); err != nil {
		return err.Error()
	}
	return rest
}

func TestItEndsWellWhenItIsAskedTo(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(r *run)
		says message
	}{
		"by a signal":                     {func(r *run) { r.stop() }, msgAskedToStop},
		"by the end of the events":        {func(r *run) { r.events.Close() }, msgGone},
		"by an end in an event":           {func(r *run) { io.WriteString(r.events, "ver:3.0 server:s"); r.events.Close() }, msgGone},
		"by an error that nobody expects": {func(r *run) { r.events.CloseWithError(os.ErrPermission) }, msgGone},
	} {
		t.Run(name, func(t *testing.T) {
			r := runs(t, fine(t))
			r.untilReady()
			c.end(r)
			if got := r.end(); got != app.ExitStopped || r.log.tells(c.says, aNotice()) != 1 {
				t.Errorf("the exit status is %d, the log:\n%s", got, r.log)
			}
		})
	}
}

func TestARunThatHasEndedLeavesNoGoroutineBehind(t *testing.T) {
	before := goleak.IgnoreCurrent()
	r := runs(t, fine(t))
	r.untilReady()
	r.events.Close()
	r.end()
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}

func TestItEndsByASignalBeforeItHasBegun(t *testing.T) {
	o := fine(t)
	r := runs(t, o)
	r.stop()
	if got := r.end(); got != app.ExitStopped {
		t.Errorf("the exit status is %d", got)
	}
}

func TestAnswersThatCannotBeWrittenEndItBadly(t *testing.T) {
	in, events := io.Pipe()
	defer events.Close()
	_, broken := io.Pipe()
	broken.Close()
	log := &transcript{}
	if got := app.Run(t.Context(), fine(t), app.Streams{Events: in, Answers: broken, Log: log}, nil); got != app.ExitFailed {
		t.Errorf("the exit status is %d", got)
	}
	if log.tells(msgFailed, anError()) != 1 {
		t.Error(log)
	}
}

func TestSignalsThatMeanNothingAreLogged(t *testing.T) {
	r := runs(t, fine(t))
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
		r.signals <- s
		r.until(s.String()+" is told", func() bool { return r.log.tells(msgSignalIgnored, ofSignal(s.String())) == 1 })
	}
	r.stop()
	if got := r.end(); got != app.ExitStopped {
		t.Errorf("the exit status is %d", got)
	}
}

func TestTheLogForMachinesIsJSON(t *testing.T) {
	o := fine(t)
	o.LogFormat, o.LogLevel = "json", "debug"
	r := runs(t, o)
	r.untilReady()
	r.stop()
	r.end()
	for line := range strings.Lines(r.log.String()) {
		if !strings.HasPrefix(line, `{"time":"`) {
			t.Error(line)
		}
	}
	if r.log.count(fmt.Sprintf(`"msg":%q`, msgStarted)) != 1 {
		t.Error(r.log)
	}
}

func TestCredentialsNeverReachTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		user, password, inURL string
		says                  sign
	}{
		"right, as options":      {"admin", "s3cret-p4ss", "", msgWatching},
		"right, in the address":  {"", "", "admin:s3cret-p4ss@", msgWatching},
		"wrong, as options":      {"admin", "wr0ng-p4ss", "", because(whyWrongLogin)},
		"wrong, in the address":  {"", "", "admin:wr0ng-p4ss@", because(whyWrongLogin)},
		"escaped in the address": {"", "", "admin:wr0ng%2Fp4ss@", because(whyWrongLogin)},
	} {
		t.Run(name, func(t *testing.T) {
			server := supervisord.New(t, supervisord.Config{TCP: true, Username: "admin", Password: "s3cret-p4ss",
				Programs: []supervisord.Program{{Name: "web", Command: []string{"sleep", "1000"}, AutoStart: true}}})
			o := fine(t)
			o.ServerURL = strings.Replace(server.URL(), "http://", "http://"+c.inURL, 1)
			o.Username, o.Password, o.LogLevel = c.user, c.password, "debug"
			r := runs(t, o)
			r.untilReady()
			r.tick()
			r.until(c.says.String(), func() bool { return r.log.tells(c.says) > 0 })
			r.stop()
			r.end()
			for _, secret := range []string{"p4ss", "s3cret", "wr0ng", "YWRtaW4"} { // the last begins the header
				if r.log.count(secret) > 0 {
					t.Errorf("the log has %q:\n%s", secret, r.log)
				}
			}
			if r.log.tells(msgStarted, ofSupervisord(server.URL())) != 1 {
				t.Errorf("the log does not say where supervisord is:\n%s", r.log)
			}
		})
	}
}
