package checks

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/netip"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*httpCheck)(nil)
	_ domain.Addressed = (*httpCheck)(nil)
)

// HTTP are the settings of the http check: a request that must be answered as it is expected.
type HTTP struct {
	URL      string            // what follows the port in the URL, such as /ping?full=1; required
	Host     string            // a name or an IP address, without brackets; default 127.0.0.1
	Port     PortSpec          // required, unless there is a Socket
	Socket   string            // the path of a unix socket to ask, in place of Host and Port
	HTTPS    bool              // ask by https
	Site     string            // the host that the request names, if it is not the one that is asked
	Method   string            // default GET; written in capitals on the wire
	JSON     string            // a JSON document to send; sets Content-Type: application/json unless Headers has one
	Body     string            // a body to send as it is; not together with JSON
	Headers  map[string]string // further headers
	Username string            // basic authentication if Username or Password is not empty
	Password string
	Timeout  time.Duration // of one attempt as a whole, from dial to the last byte; 0 is 15 s
	Retries  *int          // attempts after the first one failed; nil is 2, new(0) is none

	TLS      TLS // of https
	Expected Expected
}

// Table is the settings.
func (h *HTTP) Table() []domain.Setting {
	timeout, again := attempts(&h.Timeout, &h.Retries, "an answer", "request is repeated")
	return slices.Concat([]domain.Setting{
		row(h, httpForm(h), domain.Setting{
			Word: "url", Main: true, Value: "URL", Sensitive: true,
			Doc: "what is asked for, such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket",
		}),
		row(&h.Site, sites(), domain.Setting{
			Word: "host", Value: "NAME",
			Doc: "the host that the request names, and the certificate must, if it is not the one that is asked, such as www.example.org",
		}),
		row(&h.URL, texts(), domain.Setting{
			Word: "path", JSON: "url", Value: "PATH", Sensitive: true,
			Flag: domain.Flag{Long: "url", Short: 'u', Need: "give the path that is asked for, such as -u /ping"},
			Doc:  "the path that is asked for, such as /ping",
		}),
		row(&h.Method, texts(), domain.Setting{
			Word: "method", JSON: "method", Value: "METHOD", Default: "GET",
			Flag: domain.Flag{Long: "method", Short: 'm'},
			Doc:  "the method of the request",
		}),
		row(&h.JSON, document(), domain.Setting{
			Word: "send-json", JSON: "json", Value: "JSON", Secret: true,
			Flag: domain.Flag{Long: "json", Short: 'j'},
			Doc:  "a JSON text that is sent as the body",
		}),
		row(&h.Body, texts(), domain.Setting{
			Word: "body", JSON: "body", Value: "TEXT", Secret: true, Instead: "send-json",
			Flag: domain.Flag{Long: "body", Short: 'b'},
			Doc:  "a text that is sent as the body",
		}),
		row(&h.Headers, headers(), domain.Setting{
			Word: "headers", JSON: "headers", Value: "JSON", Secret: true,
			Flag: domain.Flag{Long: "headers", Short: 'H', Doc: "headers of the request, as a JSON object of strings"},
			Doc:  "headers of the request, a line for each such as Accept: text/plain, or a JSON object of strings",
		}),
	}, login(&h.Username, &h.Password), []domain.Setting{portRow(&h.Port), timeout, again}, h.Expected.rows(), h.TLS.rows(), h.TLS.warning())
}

// portRow is the row of a port that is needed.
func portRow(port *PortSpec) domain.Setting {
	return row(port, portSpecs(), domain.Setting{
		Word: "port", JSON: "port", Value: "PORT",
		Flag: domain.Flag{Long: "port", Short: 'p', Need: "give a port, or a regular expression that finds it in the name of the process"},
		Doc:  `a port, or a regular expression whose group finds it in the name of the process, such as .+_(\d+)`,
	})
}

// httpForm is host, port and path, or socket and path, in one.
func httpForm(settings *HTTP) form[HTTP] {
	return form[HTTP]{
		read: func(text string) (HTTP, string) {
			h := *settings
			at, why := readURL(text, "/")
			h.Host, h.Port, h.Socket, h.HTTPS, h.URL = at.host, at.port, at.socket, at.secured, at.path
			return h, why
		},
		show: func(h HTTP) string {
			if h.URL == "" {
				return ""
			}
			return target{h.place(), h.HTTPS, h.URL}.text()
		},
	}
}

// String names the target without query, headers, body and password.
func (h HTTP) String() string {
	return fmt.Sprintf("%s %s %s:%s%s", strings.TrimSuffix(scheme(h.HTTPS), "://"), h.method(), h.Host+h.Socket, h.Port, domain.WithoutSecrets(h.URL))
}

// Build makes the check.
func (h HTTP) Build(w World) (domain.Check, error) {
	patience, err := newPatience(h.Timeout, h.Retries, w.Clock)
	expected, bad := h.Expected.read(patience.timeout, w.JSON)
	if err := cmp.Or(checkTarget(h.URL), h.place().invalid(), checkMethod(h.method()), h.checkBody(), checkHeaders(h.Headers), h.checkSite(), h.TLS.invalid(),
		err, bad); err != nil {
		return nil, err
	}
	request := domain.HTTPRequest{Method: h.method(), Path: h.URL, Header: h.header(), Body: h.Body + h.JSON,
		Username: h.Username, Password: h.Password, TLS: h.TLS.of(h.HTTPS, hostAlone(h.Site))}
	expected.want(&request)
	return &httpCheck{prober: w.HTTP, place: h.place(), patience: patience, hide: request.Secrets(),
		echoes: echoes(h.URL, request.Header, request.Body), request: request, expected: expected, tls: h.TLS}, nil
}

// sites are hosts, of which some have a port.
func sites() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		host := hostAlone(text)
		_, cure := names().read(host)
		if _, port, colon := splitHost(text); cure != "" || text != "" && host == "" || colon && !isNumber(port) {
			return "", "write the name of a host, such as www.example.org"
		}
		return text, ""
	}
	return f
}

// hostAlone is the host without a port and without brackets.
func hostAlone(site string) string {
	if _, err := netip.ParseAddr(site); err == nil {
		return site
	}
	host, _, _ := splitHost(site)
	return host
}

func (h HTTP) checkSite() error {
	if _, cure := sites().read(h.Site); cure != "" {
		return wrong("host", h.Site, cure)
	}
	for name := range h.Headers {
		if h.Site != "" && strings.EqualFold(name, "Host") {
			return wrong("host", h.Site, "headers have a Host too; write it once")
		}
	}
	return nil
}

func (h HTTP) place() place { return place{host: h.Host, port: h.Port, socket: h.Socket} }

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
	if h.Site != "" {
		header["Host"] = []string{h.Site}
	}
	if _, has := header["Content-Type"]; h.JSON != "" && !has {
		header["Content-Type"] = []string{"application/json"}
	}
	return header
}

type httpCheck struct {
	prober   ports.HTTPProber
	place    place
	patience patience
	hide     domain.Secrets
	echoes   domain.Secrets     // what an answer may repeat
	request  domain.HTTPRequest // all but the address
	expected expectations
	tls      TLS
}

// Name is "http".
func (c *httpCheck) Name() string { return "http" }

// Port returns the port that is asked.
func (c *httpCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known where that is.
func (c *httpCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run asks until an attempt is answered as it is expected or the retries are used up.
func (c *httpCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	var answer domain.HTTPAnswer
	_, err = c.patience.try(ctx, func(ctx context.Context) error {
		answer, err = c.ask(ctx, network, address)
		return err
	})

	what := c.request.Method + " " + asked(c.request, network, address)
	verdict := judgeProbe(ctx, what, "status "+strconv.Itoa(answer.Status), err, c.hide, c.echoes)
	verdict = timed(verdict, answer.Status != 0, answer.Took, c.expected.Slowest)
	return c.tls.warn(verdict, answer.Expires, c.patience.clock)
}

// asked is what a request asks for, as a reason has it.
func asked(r domain.HTTPRequest, network, address string) string {
	text := shown(network, address, domain.WithoutQuery(r.Path))
	if r.TLS != nil {
		return scheme(true) + text
	}
	return text
}

// ask makes a request, and those to which redirects lead.
func (c *httpCheck) ask(ctx context.Context, network, address string) (domain.HTTPAnswer, error) {
	request := c.request
	request.Network, request.Address = network, address
	took, where := time.Duration(0), ""
	for left := c.expected.Redirects; ; left-- {
		request.Header = maps.Clone(request.Header) // implementations may add to theirs
		answer, err := c.prober.HTTP(ctx, request)
		took += answer.Took
		if next, further := request, false; err == nil && left > 0 && redirected(answer) && !c.expected.Status.Has(answer.Status) {
			if next, further = follow(request, answer, c.tls); further {
				request, where = next, asked(next, next.Network, next.Address)
				continue
			}
		}
		if answer.Took = took; err == nil {
			err = c.expected.judge(answer, c.hide, c.echoes)
		}
		if err != nil && where != "" {
			err = fmt.Errorf("it leads to %s: %w", cut(printable(where), []domain.Secrets{c.hide, c.echoes}), err)
		}
		return answer, err
	}
}
