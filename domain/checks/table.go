package checks

import (
	"cmp"
	"encoding/json"
	"slices"

	"supervisor-healthcheck/domain"
)

// Bound are settings of a check that are changed by the rows of their Table.
type Bound interface {
	Settings
	Table() []domain.Setting
}

// Kind is one of the built-in checks.
type Kind struct {
	Name    string // in verdicts; of its command, and in the JSON of the complex check, if it has these
	Word    string // in sections
	Title   string // of its settings in a help text
	Summary string // one sentence: what a listener with this check alone does

	New func() Bound // settings that nothing was set of

	plain func(Bound) Settings
	bound func(Settings) (Bound, bool)
	reset func(Bound)
}

// Kinds are the built-in checks: those of Commands, and then those that are for sections alone.
func Kinds() []Kind {
	return append(Commands(),
		kind[FDs]("fds", "fds", "Open files check", "Restart processes that have too many files and sockets open."),
		kind[Uptime]("uptime", "uptime", "Uptime check", "Restart processes that have run for long, as planned: one at a time, while all is well."),
		kind[Threads]("threads", "threads", "Threads check", "Restart processes that have too many threads."),
		kind[Log]("lines", "log", "Log check", "Restart processes that write a line which they should not."),
		kind[UDP]("udp", "udp", "UDP check", "Restart processes that do not answer a datagram."),
		kind[FastCGI]("fastcgi", "fastcgi", "FastCGI check", "Restart processes that do not answer a ping by FastCGI."),
		kind[DNS]("dns", "dns", "DNS check", "Restart name servers that do not answer for a name."),
		kind[GRPC]("grpc", "grpc", "gRPC check", "Restart processes whose health service says that they do not serve."),
		kind[Exec]("exec", "exec", "Exec check", "Restart processes for which a command says so."),
		kind[Worker]("worker", "worker", "Worker check", "Restart processes for which a command that stays says so."),
	)
}

// Commands are the checks that the Python package has too, in its order: they are commands of their own. Whatever has keys for it has a
// place in the JSON of the complex check.
func Commands() []Kind {
	return []Kind{
		kind[HTTP]("http", "http", "HTTP check", "Restart processes that do not answer an HTTP request with status 200."),
		kind[TCP]("tcp", "tcp", "TCP check", "Restart processes that do not accept TCP connections."),
		kind[XMLRPC]("xmlrpc", "xmlrpc", "XML-RPC check", "Restart processes that do not answer an XML-RPC call."),
		kind[Memory]("memory", "memory", "Memory check", "Restart processes that use too much memory."),
		kind[CPU]("cpu", "cpu", "CPU check", "Restart processes that use too much CPU for too long."),
		kind[File]("file", "heartbeat", "File check", "Restart processes that no longer touch their file."),
	}
}

func kind[S Settings, P interface {
	*S
	Bound
}](name, word, title, summary string) Kind {
	return Kind{
		Name: name, Word: word, Title: title, Summary: summary,
		New:   func() Bound { return P(new(S)) },
		plain: func(b Bound) Settings { return *(*S)(b.(P)) },
		bound: func(s Settings) (Bound, bool) { v, ok := s.(S); return P(&v), ok },
		reset: func(b Bound) { *(*S)(b.(P)) = *new(S) },
	}
}

// Settings are what New has made and its Table has changed, as a value: HTTP for *HTTP.
func (k Kind) Settings(b Bound) Settings { return k.plain(b) }

// OfSection has the rows of new settings tell what holds in a section where nothing is set. That of the command lines, which holds
// without this, may be another.
func OfSection(table []domain.Setting) []domain.Setting {
	return defaults(table, func(row domain.Setting) string { return row.Default })
}

// ofCommand likewise has them tell what holds on command lines.
func ofCommand(table []domain.Setting) []domain.Setting {
	return defaults(table, func(row domain.Setting) string { return row.Flag.Default })
}

// defaults sets the settings that have two defaults to one of them.
func defaults(table []domain.Setting, which func(domain.Setting) string) []domain.Setting {
	for _, row := range table {
		if row.Flag.Default != "" {
			_ = row.Set(which(row)) // a test takes every default
		}
	}
	return table
}

// Of returns the kind of these settings, and the settings with a Table; false if they are of none.
func Of(s Settings) (Kind, Bound, bool) {
	for _, k := range Kinds() {
		if b, ok := k.bound(s); ok {
			return k, b, true
		}
	}
	return Kind{}, nil, false
}

// Reset makes it as New has made it, for who has many to make: its Table stays bound to it, and making that costs most.
func (k Kind) Reset(b Bound) { k.reset(b) }

// row is a setting that is bound to its field.
func row[T any](field *T, form form[T], s domain.Setting) domain.Setting {
	byDefault := s.Default
	if v, cure := form.read(s.Default); cure == "" {
		byDefault = cmp.Or(form.show(v), s.Default) // as it is shown where somebody has written it
	}
	show := func(v T) string { return cmp.Or(form.show(v), byDefault) }
	s = domain.Bind(field, form.read, show, s)
	if form.flag != nil {
		s.Flag.Set = domain.Bind(field, form.flag, show, s).Set
	}
	if s.JSON != "" {
		s.SetJSON = func(raw []byte) error {
			v, cure := form.json(raw)
			if cure != "" {
				return wrong(s.JSON, asWritten(s, raw), cure)
			}
			*field = v
			return nil
		}
	}
	return s
}

// forSections are rows of a check that has no command. The default of the flags stays, for it is what Build takes where nothing is set.
func forSections(rows []domain.Setting) []domain.Setting {
	for i, s := range rows {
		rows[i].Flag, rows[i].JSON, rows[i].SetJSON = domain.Flag{Default: s.Flag.Default}, "", nil
	}
	return rows
}

// asWritten is a JSON value as an error shows it: short, and without what might be a secret.
func asWritten(s domain.Setting, raw json.RawMessage) string {
	if s.Secret || s.Sensitive || raw[0] == '{' || raw[0] == '[' { // it has keys of its own, which may be anything
		return hidden
	}
	if runes := []rune(string(raw)); len(runes) > 60 {
		return string(runes[:57]) + "..."
	}
	return string(raw)
}

// login are the rows of the credentials of a check.
func login(username, password *string) []domain.Setting {
	return []domain.Setting{
		row(username, texts(), domain.Setting{
			Word: "username", JSON: "username", Value: "NAME", Sensitive: true,
			Flag: domain.Flag{Long: "username", Short: 'U'},
			Doc:  "the user name of HTTP basic authentication",
		}),
		row(password, texts(), domain.Setting{
			Word: "password", JSON: "password", Value: "PASSWORD", Secret: true,
			Flag: domain.Flag{Long: "password", Short: 'P', Doc: "its password, which other users of the machine can read here"},
			Doc:  "its password",
		}),
		row(password, texts(), domain.Setting{
			Word: "password-file", Value: "FILE", Instead: "password", Source: domain.InFile,
			Flag: domain.Flag{Long: "password-file", Added: true},
			Doc:  "the file that holds the password",
		}),
		row(password, texts(), domain.Setting{
			Word: "password-env", Value: "VARIABLE", Instead: "password", Source: domain.InVariable,
			Flag: domain.Flag{Long: "password-env", Added: true},
			Doc:  "the environment variable that holds the password",
		}),
	}
}

// keys are the words of the JSON of the complex check in these tables.
func keys(table []domain.Setting) []string {
	var all []string
	for _, s := range table {
		if s.JSON != "" {
			all = append(all, s.JSON)
		}
	}
	slices.Sort(all)
	return all
}

// Main is the main value of settings in a section, if all that it says is right, and the rows of settings of which that alone is read. It is empty
// where single settings say it.
func (k Kind) Main(want []domain.Setting) (value string, have []domain.Setting) {
	fresh, have := OfSection(k.New().Table()), OfSection(k.New().Table())
	i := slices.IndexFunc(want, func(row domain.Setting) bool { return row.Main })
	if i < 0 || want[i].Get() == "" || have[i].Set(want[i].Get()) != nil {
		return "", withoutMain(fresh, want)
	}
	for i, row := range have {
		if row.Get() != fresh[i].Get() && row.Get() != want[i].Get() {
			return "", withoutMain(fresh, want)
		}
	}
	return want[i].Get(), have
}

// withoutMain has the value for the main row that the single settings will give it, so that it is not written.
func withoutMain(fresh, want []domain.Setting) []domain.Setting {
	for i, row := range fresh {
		if row.Main {
			fresh[i].Get = want[i].Get
		}
	}
	return fresh
}
