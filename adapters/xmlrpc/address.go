package xmlrpc

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"supervisor-healthcheck/domain"
)

const variable = "SUPERVISOR_SERVER_URL"

// place is where supervisord listens.
type place struct {
	network, address   string // "unix" and a path, or "tcp" and host:port
	target, host       string // of the HTTP request
	username, password string // those that stood in the URL
}

// parse reads a URL as supervisord hands it to its listeners: the path of a unix socket is raw and may contain
// blanks, percent signs and what else would mean something in a URL.
func parse(raw string) (place, error) {
	if path, ok := strings.CutPrefix(raw, "unix://"); ok {
		if path == "" {
			return place{}, wrong(raw, `it names no socket; write "unix://" and the path of file= in [unix_http_server]`)
		}
		return place{network: "unix", address: path, target: "/RPC2", host: "localhost"}, nil
	}
	switch strings.TrimSpace(raw) {
	case "":
		return place{}, wrong(raw, "it is not set; add a [unix_http_server] or [inet_http_server] section to "+
			"supervisord's configuration, or give --serverurl")
	case "NONE":
		return place{}, wrong(raw, "serverurl=NONE hides supervisord from this listener; remove that line, have a "+
			"[unix_http_server] or [inet_http_server] section, or give --serverurl")
	}
	return parseHTTP(raw)
}

func parseHTTP(raw string) (place, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return place{}, wrong(raw, `write "unix:///path" as in [unix_http_server] or "http://host:port" as in `+
			"[inet_http_server]; --serverurl overrides it")
	}
	if strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return place{}, wrong(raw, "the password in it has characters that must be percent-encoded; or set "+
			"SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD instead, and give --serverurl or the [inet_http_server] address without them")
	}
	p := place{network: "tcp", address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80")), host: u.Host}
	if u.User != nil {
		p.username = u.User.Username()
		p.password, _ = u.User.Password()
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/RPC2"
	}
	p.target = u.RequestURI()
	return p, nil
}

// wrong is an error that shows the URL unless there may be a password in it, well written or not.
func wrong(raw, why string) error {
	if strings.Contains(raw, "@") {
		raw = "(not shown)"
	}
	return &domain.SettingError{Setting: variable, Value: raw, Why: why}
}
