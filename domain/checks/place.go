package checks

import (
	"cmp"
	"net/netip"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// place is where a service listens.
type place struct {
	host   string // a name or an IP address, without brackets; empty is 127.0.0.1
	port   PortSpec
	socket string // the path of a unix socket, without host and port
}

// invalid returns what Build says of it.
func (a place) invalid() error {
	switch {
	case a.socket == "":
		return a.port.invalid()
	case a.port != PortSpec{}:
		return wrong("port", a.port.String(), "write a port with url only; a unix socket has none")
	}
	return nil
}

// known reports whether it can be told where the process is asked.
func (a place) known(process domain.Process) bool {
	_, _, err := a.of(process)
	return err == nil
}

// of returns where the service of this process listens, as the probers want it.
func (a place) of(p domain.Process) (network, address string, err error) {
	if a.socket != "" {
		return "unix", a.socket, nil
	}
	port, err := a.port.For(p.Name)
	return "tcp", joined(a.host, port), err
}

// listening is the Port method of domain.Listening. Nobody here holds the port of another machine.
func (a place) listening(p domain.Process) (int, bool) {
	if a.socket != "" || !a.here() {
		return 0, false
	}
	port, err := a.port.For(p.Name)
	return port, err == nil
}

// here reports whether the host is surely this machine.
func (a place) here() bool {
	address, err := netip.ParseAddr(a.host)
	return a.host == "" || a.host == "localhost" || err == nil && (address.IsLoopback() || address.IsUnspecified())
}

// shown is the place with its path as a reason and a section have it.
func shown(network, address, path string) string {
	switch {
	case network != "unix":
		return address + path
	case path == "":
		return "unix:" + address
	}
	return "unix:" + address + ":" + path
}

// text is the place as an operator writes it; a pattern for the port is left out, for it is a setting of its own.
func (a place) text(path string) string {
	if a.socket != "" {
		return shown("unix", a.socket, path)
	}
	return joined(a.host, a.port.number) + path
}

// address is the place as an operator writes it, without a pattern for the port; empty for none.
func (a place) address() string {
	if a.socket == "" && a.port.number == 0 {
		return ""
	}
	return a.text("")
}

// joined is host:port; without a port the host alone.
func joined(host string, port int) string {
	switch {
	case host == "":
		host = "127.0.0.1"
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	if port == 0 {
		return host
	}
	return host + ":" + strconv.Itoa(port)
}

// target is what a URL names.
type target struct {
	place
	secured bool   // by TLS
	path    string // and the query
}

// text is the URL as an operator writes it.
func (t target) text() string {
	return scheme(t.secured) + t.place.text(t.path)
}

func scheme(secured bool) string {
	if secured {
		return "https://"
	}
	return "http://"
}

// readURL reads a URL, also one of a unix socket as nginx has it. The path of one that has none is the one by default.
func readURL(text, byDefault string) (t target, why string) {
	const cure = "write a URL such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket"
	rest, ok := strings.CutPrefix(text, "http://")
	if !ok {
		rest, t.secured = strings.CutPrefix(text, "https://")
	}
	switch {
	case !ok && !t.secured:
		return t, cure
	case strings.HasPrefix(rest, "unix:"):
		t.socket, t.path, _ = strings.Cut(rest[len("unix:"):], ":")
		why = socketCure(t.socket)
	default:
		authority := rest
		if end := strings.IndexAny(rest, "/?#"); end >= 0 {
			authority, t.path = rest[:end], rest[end:]
		}
		if strings.Contains(authority, "@") {
			return t, "give the user name and the password as settings of their own, such as username and password-file"
		}
		host, port, colon := splitHost(authority)
		if !colon {
			port = usualPort(t.secured)
		}
		t.place, why = placeAt(host, port)
		if host == "unix" { // somebody has forgotten the path
			why = socketCure("")
		}
	}
	if t.path == "" || t.path[0] == '?' {
		t.path = byDefault + t.path
	}
	if t.path[0] != '/' {
		return t, cure
	}
	return t, cmp.Or(why, targetCure(t.path))
}

func usualPort(secured bool) string {
	if secured {
		return "443"
	}
	return "80"
}

// readAddress reads HOST:PORT, a port alone, and unix:PATH.
func readAddress(text string) (place, string) {
	if socket, ok := strings.CutPrefix(text, "unix:"); ok {
		return place{socket: socket}, socketCure(socket)
	}
	if isNumber(text) {
		return placeAt("127.0.0.1", text)
	}
	host, port, _ := splitHost(text)
	return placeAt(host, port)
}

// placeForm is host and port, or socket, in one. At are the fields of the settings for them.
func placeForm[S any](settings *S, at func(*S) (host *string, port *PortSpec, socket *string)) form[S] {
	return form[S]{
		read: func(text string) (S, string) {
			s := *settings
			read, why := readAddress(text)
			host, port, socket := at(&s)
			*host, *port, *socket = read.host, read.port, read.socket
			return s, why
		},
		show: func(s S) string {
			host, port, socket := at(&s)
			return place{host: *host, port: *port, socket: *socket}.address()
		},
	}
}

// splitHost parts HOST:PORT; an IPv6 address is in brackets, or else it comes back as a host that is none.
func splitHost(text string) (host, port string, colon bool) {
	if inner, ok := strings.CutPrefix(text, "["); ok {
		host, port, ok = strings.Cut(inner, "]")
		if !ok || !strings.Contains(host, ":") || port != "" && port[0] != ':' {
			return text, "", true
		}
		port, colon = strings.CutPrefix(port, ":")
		return host, port, colon
	}
	if strings.Count(text, ":") > 1 {
		return text + ":", "", true
	}
	return strings.Cut(text, ":")
}

func placeAt(host, port string) (place, string) {
	number, ok := portNumber(port)
	if !ok {
		return place{}, "write host and port, such as 127.0.0.1:8000; the port is a number from 1 to 65535, and an IPv6 address stands in brackets"
	}
	if _, err := netip.ParseAddr(host); err != nil && !isHostName(host) {
		return place{}, "write a name or an address for the host, such as localhost, 127.0.0.1 or [::1]"
	}
	return place{host: host, port: FixedPort(number)}, ""
}

func isHostName(host string) bool {
	return host != "" && !strings.ContainsFunc(host, func(r rune) bool {
		return r != '-' && r != '.' && r != '_' && (r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z')
	})
}

func socketCure(path string) string {
	if !strings.HasPrefix(path, "/") || strings.ContainsRune(path, 0) {
		return "write the whole path of the unix socket, beginning with a slash, such as unix:/run/app.sock"
	}
	return ""
}
