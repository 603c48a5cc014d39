package checks

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ domain.Listening = (*grpcCheck)(nil)
	_ domain.Addressed = (*grpcCheck)(nil)
)

// GRPC are the settings of the grpc check: what the health service of a gRPC server says (grpc.health.v1).
type GRPC struct {
	Host    string        // a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // required, unless there is a Socket
	Socket  string        // the path of a unix socket to connect to, in place of Host and Port
	Service string        // that is asked for; empty: the server as a whole
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none

	Secure bool // the connection is secured by TLS
	TLS    TLS
}

// Table is the settings.
func (g *GRPC) Table() []domain.Setting {
	timeout, again := attempts(&g.Timeout, &g.Retries, "an answer", "call is repeated")
	return forSections(slices.Concat([]domain.Setting{
		row(g, placeForm(g, (*GRPC).at), domain.Setting{
			Word: "address", Main: true, Value: "HOST:PORT",
			Doc: "where the server listens, such as 127.0.0.1:50051, or unix:/run/app.sock for a unix socket",
		}),
		portRow(&g.Port), timeout, again,
		row(&g.Service, services(), domain.Setting{
			Word: "service", Value: "NAME",
			Doc: "the service that must serve, such as shop.Cart; without it the server as a whole",
		}),
		secureRow(&g.Secure),
	}, g.TLS.rows(), g.TLS.warning()))
}

// services are names of services.
func services() form[string] {
	const longest = 1 << 10
	f := texts()
	f.read = func(text string) (string, string) {
		if len(text) > longest || strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return "", "write the full name of a service, such as shop.Cart"
		}
		return text, ""
	}
	return f
}

// at is what an address sets.
func (g *GRPC) at() (host *string, port *PortSpec, socket *string) {
	return &g.Host, &g.Port, &g.Socket
}

func (g GRPC) place() place { return place{host: g.Host, port: g.Port, socket: g.Socket} }

// String names the place.
func (g GRPC) String() string { return "grpc " + cmp.Or(g.place().address(), g.Port.String()) }

// Build makes the check.
func (g GRPC) Build(w World) (domain.Check, error) {
	patience, err := newPatience(g.Timeout, g.Retries, w.Clock)
	if err := cmp.Or(g.place().invalid(), err, g.TLS.invalid()); err != nil {
		return nil, err
	}
	if _, cure := services().read(g.Service); cure != "" {
		return nil, wrong("service", g.Service, cure)
	}
	request := domain.GRPCRequest{TLS: g.TLS.of(g.Secure, ""), Service: g.Service}
	return &grpcCheck{prober: w.GRPC, place: g.place(), patience: patience, request: request, tls: g.TLS}, nil
}

type grpcCheck struct {
	prober   ports.GRPCProber
	place    place
	patience patience
	request  domain.GRPCRequest // all but the place
	tls      TLS
}

// Name is "grpc".
func (c *grpcCheck) Name() string { return "grpc" }

// Port returns the port that is connected to.
func (c *grpcCheck) Port(p domain.Process) (int, bool) { return c.place.listening(p) }

// Addressed reports whether it is known where that is.
func (c *grpcCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run asks until an attempt is answered by SERVING or the retries are used up. A server without a health service tells nothing of how
// it is.
func (c *grpcCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	network, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	request := c.request
	request.Network, request.Address = network, address
	a, answered, took, err := ask(ctx, c.patience, func(ctx context.Context) (domain.GRPCAnswer, error) {
		return c.prober.GRPC(ctx, request)
	}, judgeGRPC)

	what := shown(network, address, "")
	if c.request.Service != "" {
		what += " " + c.request.Service
	}
	verdict := domain.Unknown.Because("%s: there is no health service (UNIMPLEMENTED): the server must offer grpc.health.v1", what)
	if err != nil || a.Code != unimplemented || ctx.Err() != nil {
		verdict = judgeProbe(ctx, what, "SERVING", err, domain.Secrets{}, domain.Secrets{})
	}
	return c.tls.warn(timed(verdict, answered, took, 0), a.Expires, c.patience.clock)
}

const (
	serving       = 1  // of the statuses of a service
	unimplemented = 12 // of the statuses of a call
)

// judgeGRPC says what was expected and what was seen, if that differs. No further attempt finds a health service where there is none.
func judgeGRPC(answer domain.GRPCAnswer) error {
	statuses := []string{"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"}
	switch {
	case answer.Code == unimplemented || answer.Code == 0 && answer.Serving == serving:
		return nil
	case answer.Code == 0 && answer.Serving >= 0 && answer.Serving < len(statuses):
		return errors.New("expected SERVING, seen " + statuses[answer.Serving])
	case answer.Code == 0:
		return fmt.Errorf("expected SERVING, seen status %d", answer.Serving)
	}
	said := ""
	if answer.Message != "" {
		said = ": " + quoted(answer.Message)
	}
	return fmt.Errorf("expected SERVING, seen an error of gRPC: %s%s", grpcCode(answer.Code), said)
}

// grpcCode is the name of a status of a call.
func grpcCode(code int) string {
	names := []string{"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"}
	if code >= 0 && code < len(names) {
		return names[code]
	}
	return fmt.Sprintf("status %d", code)
}
