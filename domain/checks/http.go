package checks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/textproto"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Listening = (*httpCheck)(nil)

// HTTP are the settings of the http check: a request to 127.0.0.1 that must be answered with status 200.
type HTTP struct {
	URL      string            // what follows the port in the URL, such as /ping?full=1; required
	Port     PortSpec          // required
	Method   string            // default GET; written in capitals on the wire
	JSON     string            // a JSON document to send; sets Content-Type: application/json unless Headers has one
	Body     string            // a body to send as it is; not together with JSON
	Headers  map[string]string // further headers
	Username string            // basic authentication if Username or Password is not empty
	Password string
	Timeout  time.Duration // of one attempt as a whole, from dial to the last byte; 0 is 15 s
	Retries  *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// String names the target without query, headers, body and password.
func (h HTTP) String() string {
	return fmt.Sprintf("http %s :%s%s", h.method(), h.Port, withoutSecrets(h.URL))
}

// Build makes the check.
func (h HTTP) Build(w World) (domain.Check, error) {
	patience, err := newPatience(h.Timeout, h.Retries, w.Clock)
	if err := cmp.Or(checkTarget(h.URL), h.Port.invalid(), checkMethod(h.method()), h.checkBody(), checkHeaders(h.Headers), err); err != nil {
		return nil, err
	}
	request := domain.HTTPRequest{Method: h.method(), Path: h.URL, Header: h.header(), Body: h.Body + h.JSON,
		Username: h.Username, Password: h.Password}
	return &httpCheck{prober: w.HTTP, port: h.Port, patience: patience, hide: request.Secrets(),
		echoes: echoes(h.URL, request.Header, request.Body), request: request}, nil
}

func (h HTTP) method() string { return cmp.Or(strings.ToUpper(h.Method), "GET") }

func (h HTTP) checkBody() error {
	if h.JSON == "" {
		return nil
	}
	if h.Body != "" {
		return wrong("body", hidden, "write either json or body, not both")
	}
	if !json.Valid([]byte(h.JSON)) {
		return wrong("json", hidden, `write a JSON document such as {"deep": true}`)
	}
	return nil
}

// header has the names in their canonical form, so that an implementation finds them by it.
func (h HTTP) header() map[string][]string {
	header := map[string][]string{}
	for name, value := range h.Headers {
		header[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	if _, has := header["Content-Type"]; h.JSON != "" && !has {
		header["Content-Type"] = []string{"application/json"}
	}
	return header
}

type httpCheck struct {
	prober   ports.HTTPProber
	port     PortSpec
	patience patience
	hide     domain.Secrets
	echoes   domain.Secrets     // what an answer may repeat
	request  domain.HTTPRequest // all but the address
}

// Name is "http".
func (c *httpCheck) Name() string { return "http" }

// Port returns the port that is asked.
func (c *httpCheck) Port(p domain.Process) (int, bool) { return c.port.listening(p) }

// Run asks until an attempt is answered with status 200 or the retries are used up.
func (c *httpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	address, err := c.port.address(p)
	if p.PID == 0 {
		return noPID()
	}
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	err = c.patience.try(ctx, func(ctx context.Context) error { return c.ask(ctx, address) })

	what := c.request.Method + " " + address + withoutQuery(c.request.Path)
	return judgeProbe(ctx, what, "status 200", err, c.hide, c.echoes)
}

func (c *httpCheck) ask(ctx context.Context, address string) error {
	request := c.request
	request.Address = address
	request.Header = maps.Clone(request.Header) // implementations may add to theirs
	answer, err := c.prober.HTTP(ctx, request)
	if err != nil {
		return err
	}
	if answer.Status != 200 {
		return &domain.BadAnswer{Err: fmt.Errorf("status %d, only 200 is healthy", answer.Status), Beginning: answer.Beginning}
	}
	return nil
}
