package main

import (
	"errors"
	"slices"
	"strings"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

const supervisorIntro = "Where supervisord is and what it allows us. It tells its listeners the address; the name and the password, if it wants any, " +
	"come from SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD, which environment= sets, or from here. The variables of the last three are " +
	"SUPERVISOR_HEALTHCHECK_STATE_DIR, SUPERVISOR_HEALTHCHECK_STOPWAITSECS and SUPERVISOR_HEALTHCHECK_MAX_RESTARTS."

// supervisorFlags say where supervisord is, and what the listener may do to it.
type supervisorFlags struct {
	ServerURL    string `long:"serverurl" variable:"SUPERVISOR_SERVER_URL" value-name:"URL" unquote:"false" added:"yes" description:"unix:///path or http://host:port, instead of SUPERVISOR_SERVER_URL"`
	Username     string `long:"supervisor-username" variable:"SUPERVISOR_USERNAME" value-name:"NAME" unquote:"false" added:"yes" description:"the user name that supervisord wants"`
	PasswordFile string `long:"supervisor-password-file" value-name:"FILE" unquote:"false" added:"yes" description:"the file that holds the password that supervisord wants"`
	StateDir     string `long:"state-dir" variable:"SUPERVISOR_HEALTHCHECK_STATE_DIR" value-name:"DIR" unquote:"false" added:"yes" description:"where unfinished restarts are kept, to be finished after a crash"`
	StopWait     string `long:"stopwaitsecs" variable:"SUPERVISOR_HEALTHCHECK_STOPWAITSECS" default-mask:"10" value-name:"DURATION" unquote:"false" added:"yes" description:"the stopwaitsecs of this very listener in supervisord.conf"`
	MaxRestarts  string `long:"max-restarts" variable:"SUPERVISOR_HEALTHCHECK_MAX_RESTARTS" default-mask:"as --max-parallel, at least 4" value-name:"N" unquote:"false" added:"yes" description:"restarts at a time in all"`
}

const logIntro = "The log goes to stderr. Environment variables: SUPERVISOR_HEALTHCHECK_LOG_LEVEL, SUPERVISOR_HEALTHCHECK_LOG_FORMAT."

// logFlags say what is logged, and how.
type logFlags struct {
	Level  string `long:"log-level" variable:"SUPERVISOR_HEALTHCHECK_LOG_LEVEL" default-mask:"info" value-name:"LEVEL" unquote:"false" added:"yes" description:"debug, info, warn or error"`
	Format string `long:"log-format" variable:"SUPERVISOR_HEALTHCHECK_LOG_FORMAT" default-mask:"text" value-name:"FORMAT" unquote:"false" added:"yes" description:"text or json"`
}

// options fills in all but the watches.
func (f *supervisorFlags) options(r *reader, log logFlags) app.Options {
	return app.Options{
		ServerURL: r.address("serverurl", f.ServerURL),
		Username:  f.Username,
		Password:  f.password(r),
		Self:      domain.ID{Group: r.getenv("SUPERVISOR_GROUP_NAME"), Name: r.getenv("SUPERVISOR_PROCESS_NAME")},
		StateDir:  f.StateDir,
		StopWait:  r.duration("stopwaitsecs", f.StopWait),
		Restarts:  r.count("max-restarts", f.MaxRestarts, 1, 1000),
		LogLevel:  r.oneOf("log-level", log.Level, "debug", "info", "warn", "error"),
		LogFormat: r.oneOf("log-format", log.Format, "text", "json"),
	}
}

func (f *supervisorFlags) password(r *reader) string {
	if f.PasswordFile != "" {
		return r.secretFile("supervisor-password-file", f.PasswordFile)
	}
	return r.getenv("SUPERVISOR_PASSWORD")
}

// address checks a server URL, and shows none that holds a password.
func (r *reader) address(long, text string) string {
	_, host, _ := strings.Cut(text, "://")
	host, _, _ = strings.Cut(host, "/")
	switch {
	case text == "":
		r.fail(errors.New("SUPERVISOR_SERVER_URL is missing: run this command as an [eventlistener:x] of a supervisord that has a [unix_http_server] section, or give --serverurl"))
	case strings.Contains(host, "@") || strings.Contains(text, "@") && !strings.HasPrefix(text, "unix:"):
		r.fail(errors.New(r.label(long) + " holds a user name or a password: give them by SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD, or by --supervisor-username and --supervisor-password-file"))
	case strings.HasPrefix(text, "unix:///") && len(text) > len("unix:///"), strings.HasPrefix(text, "http://") && host != "":
	default:
		r.refuse(long, domain.ShownURL(text), "write unix:///path or http://host:port")
	}
	return text
}

func (r *reader) oneOf(long, text string, choices ...string) string {
	if !r.absent(long, text) && !slices.Contains(choices, text) {
		last := len(choices) - 1
		r.refuse(long, text, "write "+strings.Join(choices[:last], ", ")+" or "+choices[last])
	}
	return text
}
