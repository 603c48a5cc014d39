package xmlrpc

import (
	"cmp"
	"net"
	"net/url"
	"strings"

	"supervisor-healthcheck/domain"
)

const variable = "SUPERVISOR_SERVER_URL"

// parse makes of a URL a call that lacks its method. It reads the URL as supervisord hands it to its listeners: the path of a unix socket is raw and may contain
// blanks, percent signs and what else would mean something in a URL.
func parse(raw string) (domain.XMLRPCRequest, error) {
	if path, ok := strings.CutPrefix(raw, "unix://"); ok {
		if path == "" {
			return domain.XMLRPCRequest{}, wrong(raw, `it names no socket; write "unix://" and the path of file= in [unix_http_server]`)
		}
		return domain.XMLRPCRequest{Network: "unix", Address: path, Path: "/RPC2"}, nil
	}
	switch strings.TrimSpace(raw) {
	case "":
		return domain.XMLRPCRequest{}, wrong(raw, "add a [unix_http_server] or [inet_http_server] section to "+
			"supervisord's configuration, or give --serverurl")
	case "NONE":
		return domain.XMLRPCRequest{}, wrong(raw, "serverurl=NONE hides supervisord from this listener; remove that line, have a "+
			"[unix_http_server] or [inet_http_server] section, or give --serverurl")
	}
	return parseHTTP(raw)
}

func parseHTTP(raw string) (domain.XMLRPCRequest, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "http" || u.Hostname() == "" {
		return domain.XMLRPCRequest{}, wrong(raw, `write "unix:///path" as in [unix_http_server] or "http://host:port" as in `+
			"[inet_http_server]; --serverurl overrides it")
	}
	if strings.Contains(u.Path+u.RawQuery+u.Fragment, "@") {
		return domain.XMLRPCRequest{}, wrong(raw, "the password in it has characters that must be percent-encoded; or set "+
			"SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD instead, and give --serverurl or the [inet_http_server] address without them")
	}
	r := domain.XMLRPCRequest{Network: "tcp", Address: net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), "80"))}
	if u.User != nil {
		r.Username = u.User.Username()
		r.Password, _ = u.User.Password()
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/RPC2"
	}
	r.Path = u.RequestURI()
	return r, nil
}

func wrong(raw, why string) error {
	return &domain.SettingError{Setting: variable, Value: domain.ShownURL(raw), Why: why}
}
