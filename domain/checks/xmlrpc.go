package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*xmlrpcCheck)(nil)
	_ domain.Addressed = (*xmlrpcCheck)(nil)
)

// XMLRPC are the settings of the xmlrpc check: a call that must be answered without a fault, whatever the value.
// Exactly one of URL, SocketPath and SocketDir must not be empty.
type XMLRPC struct {
	URL        string   // path of a server on Host and Port
	SocketPath string   // of a server on a unix socket
	SocketDir  string   // as SocketPath, with the socket NAME.sock of the process NAME in this directory
	Path       string   // of a server on a unix socket; default /RPC2
	Host       string   // a name or an IP address, without brackets; goes with URL only; default 127.0.0.1
	Port       PortSpec // goes with URL only
	HTTPS      bool     // call by https
	Method     string   // default "status"
	Username   string   // basic authentication if Username or Password is not empty
	Password   string
	Timeout    time.Duration // of one attempt as a whole, from dial to the last byte; 0 is 15 s
	Retries    *int          // attempts after the first one failed; nil is 2, new(0) is none

	TLS TLS // of https
}

// Table is the settings.
func (x *XMLRPC) Table() []domain.Setting {
	timeout, again := attempts(&x.Timeout, &x.Retries, "an answer", "call is repeated")
	timeout.Flag.Added = true
	return slices.Concat([]domain.Setting{
		row(x, xmlrpcForm(x), domain.Setting{
			Word: "url", Main: true, Value: "URL", Sensitive: true,
			Doc: "the XML-RPC server, such as http://127.0.0.1:8000/RPC2, or http://unix:/run/app.sock:/RPC2 for a unix socket",
		}),
		row(&x.URL, texts(), domain.Setting{
			Word: "path", JSON: "url", Value: "PATH", Sensitive: true,
			Flag: domain.Flag{Long: "url", Short: 'u', Need: "say where the server listens", Doc: "the path of the XML-RPC server at --port, such as /RPC2"},
			Doc:  "the path of the XML-RPC server at its port, such as /RPC2",
		}),
		row(&x.SocketPath, texts(), domain.Setting{
			Word: "socket-path", JSON: "sock_path", Value: "FILE", Instead: "path",
			Flag: domain.Flag{Long: "socket-path", Short: 's'},
			Doc:  "the Unix socket of the XML-RPC server",
		}),
		row(&x.SocketDir, texts(), domain.Setting{
			Word: "socket-dir", JSON: "sock_dir", Value: "DIR", Instead: "path",
			Flag: domain.Flag{Long: "socket-dir", Short: 'S'},
			Doc:  "the directory of Unix sockets that are called after their process: NAME.sock",
		}),
		row(&x.Method, texts(), domain.Setting{
			Word: "method", JSON: "method", Value: "METHOD", Default: "status",
			Flag: domain.Flag{Long: "method", Short: 'm'},
			Doc:  "the method that is called",
		}),
	}, login(&x.Username, &x.Password), []domain.Setting{
		row(&x.Port, portSpecs(), domain.Setting{
			Word: "port", JSON: "port", Value: "PORT",
			Flag: domain.Flag{Long: "port", Short: 'p',
				Doc: "a port, or a regular expression whose group finds it in the name of the process; goes with --url"},
			Doc: "a port, or a regular expression whose group finds it in the name of the process",
		}), again, timeout,
	}, x.TLS.rows())
}

// xmlrpcForm is host, port and path, or socket and path, in one.
func xmlrpcForm(settings *XMLRPC) form[XMLRPC] {
	return form[XMLRPC]{
		read: func(text string) (XMLRPC, string) {
			x := *settings
			if strings.HasPrefix(text, "unix:") {
				text = "http://" + text
			}
			at, why := readURL(text, rpcPath)
			x.Host, x.Port, x.SocketPath, x.HTTPS, x.URL, x.Path = at.host, at.port, at.socket, at.secured, at.path, ""
			if at.socket != "" {
				x.URL, x.Path = "", at.path
			}
			return x, why
		},
		show: func(x XMLRPC) string {
			at := place{host: x.Host, port: x.Port, socket: x.SocketPath}
			if path := x.URL + x.Path; path+at.socket != "" {
				return target{at, x.HTTPS, cmp.Or(path, rpcPath)}.text()
			}
			return ""
		},
	}
}

// String names the target without the password.
func (x XMLRPC) String() string {
	return fmt.Sprintf("xmlrpc %s() %s:%s%s%s%s", x.method(), x.Host, x.Port, domain.WithoutSecrets(x.URL), x.SocketPath, x.SocketDir)
}

// Build makes the check.
func (x XMLRPC) Build(w World) (domain.Check, error) {
	patience, err := newPatience(x.Timeout, x.Retries, w.Clock)
	if err := cmp.Or(x.checkTarget(), x.TLS.invalid(), err); err != nil {
		return nil, err
	}
	return &xmlrpcCheck{
		prober:    w.XMLRPC,
		place:     place{host: x.Host, port: x.Port},
		socketDir: x.SocketDir,
		patience:  patience,
		hide:      x.request().Secrets(),
		echoes:    echoes(x.URL, nil, ""),
		request:   x.request(),
	}, nil
}

// rpcPath is where servers answer calls unless they are told otherwise.
const rpcPath = "/RPC2"

func (x XMLRPC) method() string { return cmp.Or(x.Method, "status") }

func (x XMLRPC) request() domain.XMLRPCRequest {
	request := domain.XMLRPCRequest{Network: "unix", Address: x.SocketPath, Path: cmp.Or(x.Path, rpcPath), Method: x.method(),
		Username: x.Username, Password: x.Password, TLS: x.TLS.of(x.HTTPS, "")}
	if x.URL != "" {
		request.Network, request.Path = "tcp", x.URL
	}
	return request
}

func (x XMLRPC) checkTarget() error {
	const cure = "write exactly one of url (with port), sock_path and sock_dir"
	switch {
	case x.URL == "" && x.SocketPath == "" && x.SocketDir == "":
		return wrong("url", "", cure)
	case x.SocketPath != "" && (x.URL != "" || x.SocketDir != ""):
		return wrong("sock_path", x.SocketPath, cure)
	case x.SocketDir != "" && x.URL != "":
		return wrong("sock_dir", x.SocketDir, cure)
	case x.URL != "":
		return cmp.Or(checkTarget(x.URL), x.Port.invalid())
	case x.Port != PortSpec{}:
		return wrong("port", x.Port.String(), "write a port with url only; a unix socket has none")
	}
	return nil
}

type xmlrpcCheck struct {
	prober    ports.XMLRPCProber
	place     place // of a URL
	socketDir string
	patience  patience
	hide      domain.Secrets
	echoes    domain.Secrets       // what an answer may repeat
	request   domain.XMLRPCRequest // all but the address, unless that is one socket for all
}

// Name is "xmlrpc".
func (c *xmlrpcCheck) Name() string { return "xmlrpc" }

// Port returns the port that is called, false for a unix socket.
func (c *xmlrpcCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known whom to call. Sockets in a folder are called after the processes.
func (c *xmlrpcCheck) Addressed(p domain.Process) bool {
	_, err := c.requestTo(p)
	return err == nil && (c.socketDir == "" || p.Name != "")
}

// Run calls until an attempt is answered without a fault or the retries are used up.
func (c *xmlrpcCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	request, err := c.requestTo(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	took, err := c.patience.try(ctx, func(ctx context.Context) error { return c.prober.XMLRPC(ctx, request) })

	what := request.Method + "() of " + request.Address
	if request.Network == "tcp" {
		what += domain.WithoutQuery(request.Path)
	}
	_, fault := errors.AsType[*domain.Fault](err)
	return timed(judgeProbe(ctx, what, "answered", err, c.hide, c.echoes), err == nil || fault, took, 0)
}

func (c *xmlrpcCheck) requestTo(p domain.Process) (domain.XMLRPCRequest, error) {
	request := c.request
	var err error
	switch {
	case request.Network == "tcp":
		request.Network, request.Address, err = c.place.of(p)
	case c.socketDir != "":
		request.Address = filepath.Join(c.socketDir, p.Name+".sock")
	}
	return request, err
}
