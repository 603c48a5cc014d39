package checks

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Listening = (*xmlrpcCheck)(nil)

// XMLRPC are the settings of the xmlrpc check: a call that must be answered without a fault, whatever the value.
// Exactly one of URL, SocketPath and SocketDir must not be empty.
type XMLRPC struct {
	URL        string   // path of a server on 127.0.0.1 and Port
	SocketPath string   // of a server on a unix socket; its path is /RPC2
	SocketDir  string   // as SocketPath, with the socket NAME.sock of the process NAME in this directory
	Port       PortSpec // goes with URL only
	Method     string   // default "status"
	Username   string   // basic authentication if Username or Password is not empty
	Password   string
	Timeout    time.Duration // of one attempt as a whole, from dial to the last byte; 0 is 15 s
	Retries    *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// String names the target without the password.
func (x XMLRPC) String() string {
	return fmt.Sprintf("xmlrpc %s() :%s%s%s%s", x.method(), x.Port, withoutSecrets(x.URL), x.SocketPath, x.SocketDir)
}

// Build makes the check.
func (x XMLRPC) Build(w World) (domain.Check, error) {
	if err := x.checkTarget(); err != nil {
		return nil, err
	}
	patience, err := newPatience(x.Timeout, x.Retries, w.Clock)
	if err != nil {
		return nil, err
	}
	return &xmlrpcCheck{
		prober:    w.XMLRPC,
		port:      x.Port,
		socketDir: x.SocketDir,
		patience:  patience,
		hide:      x.request().Secrets(),
		echoes:    echoes(x.URL, nil, ""),
		request:   x.request(),
	}, nil
}

func (x XMLRPC) method() string { return cmp.Or(x.Method, "status") }

func (x XMLRPC) request() domain.XMLRPCRequest {
	request := domain.XMLRPCRequest{Network: "unix", Address: x.SocketPath, Path: "/RPC2", Method: x.method(),
		Username: x.Username, Password: x.Password}
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
	port      PortSpec
	socketDir string
	patience  patience
	hide      domain.Secrets
	echoes    domain.Secrets       // what an answer may repeat
	request   domain.XMLRPCRequest // all but the address, unless that is one socket for all
}

// Name is "xmlrpc".
func (c *xmlrpcCheck) Name() string { return "xmlrpc" }

// Port returns the port that is called, false for a unix socket.
func (c *xmlrpcCheck) Port(p domain.Process) (int, bool) { return c.port.listening(p) }

// Run calls until an attempt is answered without a fault or the retries are used up.
func (c *xmlrpcCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	request, err := c.requestTo(p)
	if p.PID == 0 {
		return noPID()
	}
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	err = c.patience.try(ctx, func(ctx context.Context) error { return c.prober.XMLRPC(ctx, request) })

	what := request.Method + "() of " + request.Address
	if request.Network == "tcp" {
		what += withoutQuery(request.Path)
	}
	return judgeProbe(ctx, what, "answered", err, c.hide, c.echoes)
}

func (c *xmlrpcCheck) requestTo(p domain.Process) (domain.XMLRPCRequest, error) {
	request := c.request
	var err error
	switch {
	case request.Network == "tcp":
		request.Address, err = c.port.address(p)
	case c.socketDir != "":
		request.Address = filepath.Join(c.socketDir, p.Name+".sock")
	}
	return request, err
}
