package app

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// Table is the settings of the listener itself. Their variables are read by whoever reads the table: Options have what it made
// of them.
func (o *Options) Table() []domain.Setting {
	return slices.Concat(o.SupervisorTable(), o.LogTable(), o.ViewTable(), o.SectionsTable())
}

// SupervisorTable is the part of the Table that says where supervisord is, and what it allows us.
func (o *Options) SupervisorTable() []domain.Setting {
	return []domain.Setting{
		o.serverRow(),
		domain.Bind(&o.Username, itself, told, domain.Setting{
			Word: "username", Value: "NAME",
			Flag: domain.Flag{Long: "supervisor-username", Added: true, Variable: "SUPERVISOR_USERNAME"},
			Doc:  "the user name that supervisord wants",
		}),
		domain.Bind(&o.Password, itself, told, domain.Setting{
			Word: "password", Value: "PASSWORD", Secret: true,
			Flag: domain.Flag{Variable: "SUPERVISOR_PASSWORD"},
			Doc:  "the password that supervisord wants",
		}),
		domain.Bind(&o.Password, itself, told, domain.Setting{
			Word: "password-file", Value: "FILE", Instead: "password", Source: domain.InFile,
			Flag: domain.Flag{Long: "supervisor-password-file", Added: true},
			Doc:  "the file that holds the password that supervisord wants",
		}),
		domain.Bind(&o.StateDir, itself, told, domain.Setting{
			Word: "state-dir", Value: "DIR",
			Flag: domain.Flag{Long: "state-dir", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_STATE_DIR"},
			Doc:  "where unfinished restarts are kept, to be finished after a crash",
		}),
		domain.Bind(&o.StopWait, domain.ParsePositive, spanTold, domain.Setting{
			Word: "stopwaitsecs", Value: "DURATION", Default: "10",
			Flag: domain.Flag{Long: "stopwaitsecs", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_STOPWAITSECS"},
			Doc:  "the stopwaitsecs of this very listener in supervisord.conf",
		}),
		domain.Bind(&o.Restarts, restarts, numberTold, domain.Setting{
			Word: "max-restarts", Value: "N",
			Flag: domain.Flag{Long: "max-restarts", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_MAX_RESTARTS", Default: "as --max-parallel, at least 4"},
			Doc:  "restarts at a time in all",
		}),
	}
}

// LogTable is the part of the Table that says what is logged, and how.
func (o *Options) LogTable() []domain.Setting {
	return []domain.Setting{
		domain.Bind(&o.LogLevel, oneOf("debug", "info", "warn", "error"), told, domain.Setting{
			Word: "log-level", Value: "LEVEL", Default: "info",
			Flag: domain.Flag{Long: "log-level", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_LOG_LEVEL"},
			Doc:  "debug, info, warn or error",
		}),
		domain.Bind(&o.LogFormat, oneOf("text", "json"), told, domain.Setting{
			Word: "log-format", Value: "FORMAT", Default: "text",
			Flag: domain.Flag{Long: "log-format", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_LOG_FORMAT"},
			Doc:  "text or json",
		}),
	}
}

// ViewTable is the part of the Table that says who may see what the listener knows, and where it hears of processes.
func (o *Options) ViewTable() []domain.Setting {
	return append([]domain.Setting{
		domain.Bind(&o.Socket, socketPath, told, domain.Setting{
			Word: "socket", Value: "PATH",
			Flag: domain.Flag{Long: "status-socket", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_STATUS_SOCKET"},
			Doc:  "the unix socket on which status and others see what the listener knows, in place of one in the state directory; off for none",
		}),
		domain.Bind(&o.SocketMode, mode, modeTold, domain.Setting{
			Word: "socket-mode", Value: "MODE", Default: "0600",
			Flag: domain.Flag{Long: "status-socket-mode", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_STATUS_SOCKET_MODE"},
			Doc:  "who may use the socket: 0660 for its group too, as chmod writes it",
		}),
		domain.Bind(&o.SocketGroup, itself, told, domain.Setting{
			Word: "socket-group", Value: "GROUP",
			Flag: domain.Flag{Long: "status-socket-group", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_STATUS_SOCKET_GROUP"},
			Doc:  "the group of the socket",
		}),
		domain.Bind(&o.MetricsFile, metricsPath, told, domain.Setting{
			Word: "metrics-file", Value: "PATH",
			Flag: domain.Flag{Long: "metrics-file", Added: true, Variable: "SUPERVISOR_HEALTHCHECK_METRICS_FILE"},
			Doc:  "a file that ends in .prom, for the textfile collector of node_exporter",
		}),
	}, o.Listen.table()...)
}

// SectionsTable is the part of the Table that no command line has, as it is about checks that none has.
func (o *Options) SectionsTable() []domain.Setting {
	return []domain.Setting{
		domain.Bind(&o.Commands, commandsAtOnce, numberTold, domain.Setting{
			Word: "max-exec", Value: "N", Default: "8",
			Doc: "commands of exec checks at a time in all",
		}),
		domain.Bind(&o.History, historyBound, historyTold, domain.Setting{
			Word: "history", Value: "SIZE", Default: "20MB",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_HISTORY"},
			Doc:  "the most that is kept in the state-dir of what has happened and of how the processes were, for the page, events and report; off for nothing",
		}),
		domain.Bind(&o.Notify, noticePath, told, domain.Setting{
			Word: "notify-socket", Value: "PATH",
			Flag: domain.Flag{Variable: "SUPERVISOR_HEALTHCHECK_NOTIFY_SOCKET"},
			Doc:  "where heartbeats by sd_notify come, for NOTIFY_SOCKET= in the environment of programs (default: notify.sock in the state-dir)",
		}),
	}
}

func socketPath(text string) (string, string) {
	if text != "" && text != "off" && !filepath.IsAbs(text) {
		return "", `write a path from the root on such as /run/healthcheck.sock, or "off"`
	}
	return text, ""
}

func metricsPath(text string) (string, string) {
	if text != "" && (!filepath.IsAbs(text) || !strings.HasSuffix(text, ".prom")) {
		return "", "write a path from the root on that ends in .prom"
	}
	return text, ""
}

func mode(text string) (fs.FileMode, string) {
	if text == "" {
		return 0, ""
	}
	n, err := strconv.ParseUint(text, 8, 32)
	if err != nil || n > 0o777 || n&0o600 != 0o600 {
		return 0, "write three or four octal digits, with which its owner may read and write, such as 0600 or 0660"
	}
	return fs.FileMode(n), ""
}

func modeTold(m fs.FileMode) string {
	if m == 0 {
		return ""
	}
	return fmt.Sprintf("%04o", m)
}

// serverRow refuses an address that holds a password.
func (o *Options) serverRow() domain.Setting {
	row := domain.Bind(&o.ServerURL, serverURL("it holds a user name or a password; they are settings of their own, username and password"), told,
		domain.Setting{
			Word: "serverurl", Value: "URL", Sensitive: true,
			Flag: domain.Flag{Long: "serverurl", Added: true, Variable: "SUPERVISOR_SERVER_URL",
				Doc: "unix:///path or http://host:port, instead of SUPERVISOR_SERVER_URL"},
			Doc: "where supervisord is: unix:///path or http://host:port",
		})
	set := row.Set
	row.Set = func(text string) error {
		err := set(text)
		if bad, ok := errors.AsType[*domain.SettingError](err); ok {
			bad.Value = domain.ShownURL(text)
		}
		return err
	}
	row.Flag.Set = func(text string) error {
		if holdsCredentials(text) {
			return errors.New("holds a user name or a password: give them by SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD, or by --supervisor-username and --supervisor-password-file")
		}
		return row.Set(text)
	}
	return row
}

// serverURL reads an address; an empty one is that which supervisord tells its listeners.
func serverURL(secret string) func(string) (string, string) {
	return func(text string) (string, string) {
		_, host, _ := strings.Cut(text, "://")
		host, _, _ = strings.Cut(host, "/")
		switch {
		case holdsCredentials(text):
			return "", secret
		case text == "", strings.HasPrefix(text, "unix:///") && len(text) > len("unix:///"), strings.HasPrefix(text, "http://") && host != "":
			return text, ""
		}
		return "", "write unix:///path or http://host:port"
	}
}

// holdsCredentials takes a badly written password, with a slash in it, for one too. The path of a unix URL may hold any byte.
func holdsCredentials(text string) bool {
	_, host, _ := strings.Cut(text, "://")
	host, _, _ = strings.Cut(host, "/")
	return strings.Contains(host, "@") || strings.Contains(text, "@") && !strings.HasPrefix(text, "unix:")
}

func itself(text string) (string, string) { return text, "" }

func told(text string) string { return text }

func spanTold(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return domain.ShortDuration(d)
}

// noticePath reads the path of a unix socket, which has no room for more.
func noticePath(text string) (string, string) {
	const longest = 107
	if text != "" && (!strings.HasPrefix(text, "/") || len(text) > longest) {
		return "", fmt.Sprintf("write the whole path of a unix socket, of at most %d bytes, such as /run/healthcheck.notify", longest)
	}
	return text, ""
}

// historyOff is the Options.History with which nothing is kept.
const historyOff = -1

func historyBound(text string) (int64, string) {
	if text == "off" {
		return historyOff, ""
	}
	kb, cure := checks.ParseSize(text)
	if cure != "" || kb < 1<<10 || kb > 1<<20 {
		return 0, `write a size from 1MB to 1GB such as 20MB, or "off"`
	}
	return int64(kb) << 10, ""
}

func historyTold(n int64) string {
	if n < 0 {
		return "off"
	}
	return checks.ShowSize(uint64(n) >> 10)
}

func restarts(text string) (int, string) { return domain.ParseWhole(text, 1, 1000) }

func commandsAtOnce(text string) (int, string) { return domain.ParseWhole(text, 1, 256) }

func numberTold(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func oneOf(choices ...string) func(string) (string, string) {
	return func(text string) (string, string) {
		if slices.Contains(choices, text) {
			return text, ""
		}
		last := len(choices) - 1
		return "", "write " + strings.Join(choices[:last], ", ") + " or " + choices[last]
	}
}
