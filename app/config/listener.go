package config

import (
	"errors"
	"fmt"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

// listener reads the settings of the listener. The environment wins; where supervisord is and what it wants to hear is taken
// from its own sections where nothing else says it.
func (r *reader) listener() {
	table := r.config.Listener.Table()
	r.own(table)
	r.server()
	r.seen(table)
}

// own reads what is written of the listener itself.
func (r *reader) own(table []domain.Setting) {
	for i, g := range r.common.others {
		for _, other := range r.common.others[:i] {
			if instead(table, g.word, other.word) {
				r.wrong(nil, &g, "", "it cannot be given together with "+other.key+"; choose one")
			}
		}
	}
	r.fill(table, r.common.others)
	for _, row := range table {
		if value, ok := r.variable(row); ok {
			r.try(&given{word: row.Word, key: row.Flag.Variable, value: value}, table)
		}
	}
}

// seen says what is missing where the listener is to be seen by others.
func (r *reader) seen(table []domain.Setting) {
	missing, ok := errors.AsType[*domain.SettingError](r.config.Listener.Listen.Check())
	if !ok {
		return
	}
	about := given{word: missing.Setting, key: written(missing.Setting), section: common}
	for _, g := range r.common.others {
		if g.word == missing.Setting {
			about = g
		}
	}
	row, _ := rowOf(table, missing.Setting)
	if _, ok := r.variable(row); ok {
		about = given{key: row.Flag.Variable}
	}
	r.wrong(nil, &about, missing.Value, missing.Why)
}

// server fills in the address and the credentials of supervisord as supervisorctl finds them, and else as its servers are
// configured.
func (r *reader) server() {
	l := &r.config.Listener
	control := r.values("supervisorctl", "serverurl", "username", "password")
	unix := r.values("unix_http_server", "file", "username", "password")
	inet := r.values("inet_http_server", "port", "username", "password")
	if l.ServerURL == "" {
		switch {
		case control[0] != "" && good(l, control[0]):
		case unix[0] != "":
			l.ServerURL = "unix://" + unix[0]
		case inet[0] != "":
			l.ServerURL = "http://" + hostAndPort(inet[0])
		default:
			r.config.Wrong = append(r.config.Wrong, &Problem{Place: placeOf(r.ini.Path), Why: "nothing says how supervisord is asked: " +
				"write a section [unix_http_server] with file=, such as file = /run/supervisor.sock, or [inet_http_server]"})
			return
		}
	}
	if l.Username != "" || l.Password != "" {
		return
	}
	own := inet
	if strings.HasPrefix(l.ServerURL, "unix:") {
		own = unix
	}
	if control[1] == "" && !strings.HasPrefix(own[2], "{SHA}") { // of a hash no password can be made
		control = own
	}
	l.Username, l.Password = control[1], control[2]
}

// good takes the address that supervisorctl has, if it is one.
func good(l *app.Options, url string) bool {
	row, _ := rowOf(l.Table(), "serverurl")
	return row.Set(url) == nil
}

// values are those of some keys of a section of supervisord; empty where there is none that can be read.
func (r *reader) values(section string, keys ...string) []string {
	all := make([]string, len(keys))
	s := r.ini.Section(section)
	if s == nil {
		return all
	}
	for i, name := range keys {
		if key, ok := r.ini.Get(s, name); ok {
			all[i], _ = ini.Expand(key.Value, r.ini.Everywhere(r.lookup))
		}
	}
	return all
}

// hostAndPort is where port= of [inet_http_server] can be reached.
func hostAndPort(text string) string {
	i := strings.LastIndex(text, ":")
	if host := text[:max(0, i)]; host != "" && host != "*" && host != "0.0.0.0" {
		return text
	}
	return fmt.Sprintf("127.0.0.1:%s", text[i+1:])
}
