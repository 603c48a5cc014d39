package checks

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Addressed = (*dnsCheck)(nil)

// DNS are the settings of the dns check: a name that a name server must know.
type DNS struct {
	Query   string        // the name that is asked for; required
	Host    string        // of the server: a name or an IP address, without brackets; default 127.0.0.1
	Port    PortSpec      // of the server; default 53
	Type    string        // of the records, one of domain.DNSTypes; default A
	Expect  string        // what one of the records must be; empty: any will do
	Timeout time.Duration // of one attempt; 0 is 15 s
	Retries *int          // attempts after the first one failed; nil is 2, new(0) is none
}

// namePort is where name servers listen.
const namePort = 53

// Table is the settings.
func (d *DNS) Table() []domain.Setting {
	timeout, again := attempts(&d.Timeout, &d.Retries, "an answer", "question is asked again")
	return forSections([]domain.Setting{
		row(&d.Query, dnsNames(), domain.Setting{
			Word: "name", Main: true, Value: "NAME",
			Doc: "the name that the server must know, such as example.com; nothing is added to it",
		}),
		row(d, serverForm(d), domain.Setting{
			Word: "server", Value: "HOST:PORT", Default: joined("", namePort),
			Doc: "the name server that is asked",
		}),
		row(&d.Port, portSpecs(), domain.Setting{
			Word: "port", Value: "PORT", Default: FixedPort(namePort).String(),
			Doc: "the port of the server, or a regular expression whose group finds it in the name of the process",
		}), timeout, again,
		row(&d.Type, dnsKinds(), domain.Setting{
			Word: "type", Value: "TYPE", Default: "A",
			Doc: "the type of the records: " + strings.Join(domain.DNSTypes(), ", "),
		}),
		row(&d.Expect, texts(), domain.Setting{
			Word: "expect", Value: "ADDRESS",
			Doc: "what one of the records must be, such as 192.0.2.10; without it any will do",
		}),
	})
}

// serverForm is the host and the port of the server.
func serverForm(settings *DNS) form[DNS] {
	f := placeForm(settings, func(d *DNS) (*string, *PortSpec, *string) { return &d.Host, &d.Port, new(string) })
	read := f.read
	f.read = func(text string) (DNS, string) {
		if strings.HasPrefix(text, "unix:") {
			return *settings, "write host and port of a name server, such as 127.0.0.1:53"
		}
		return read(text)
	}
	return f
}

// dnsNames are names of hosts, and those that begin with an underscore, within the bounds of DNS.
func dnsNames() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		bare := strings.TrimSuffix(text, ".")
		long := func(label string) bool { return label == "" || len(label) > 63 }
		if !isHostName(bare) || len(bare) > 253 || slices.ContainsFunc(strings.Split(bare, "."), long) {
			return "", "write the name that is asked for, such as example.com; the server is a setting of its own, dns.server"
		}
		return text, ""
	}
	return f
}

// dnsKinds are the types of records, with or without capitals.
func dnsKinds() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if kind := strings.ToUpper(text); slices.Contains(domain.DNSTypes(), kind) {
			return kind, ""
		}
		return "", "write one of " + strings.Join(domain.DNSTypes(), ", ")
	}
	return f
}

func (d DNS) place() place {
	if (d.Port == PortSpec{}) {
		d.Port = FixedPort(namePort)
	}
	return place{host: d.Host, port: d.Port}
}

// String names the question and the server.
func (d DNS) String() string { return "dns " + d.Query + " at " + d.place().address() }

// Build makes the check.
func (d DNS) Build(w World) (domain.Check, error) {
	d.Type = cmp.Or(d.Type, "A")
	patience, err := newPatience(d.Timeout, d.Retries, w.Clock)
	_, noName := dnsNames().read(d.Query)
	_, noType := dnsKinds().read(d.Type)
	switch {
	case noName != "":
		return nil, wrong("name", d.Query, noName)
	case noType != "":
		return nil, wrong("type", d.Type, noType)
	}
	if err := cmp.Or(d.place().invalid(), err); err != nil {
		return nil, err
	}
	request := domain.DNSRequest{Name: d.Query, Type: strings.ToUpper(d.Type)}
	return &dnsCheck{prober: w.DNS, place: d.place(), patience: patience, request: request, expect: d.Expect}, nil
}

type dnsCheck struct {
	prober   ports.DNSProber
	place    place
	patience patience
	request  domain.DNSRequest // all but the address
	expect   string
}

// Name is "dns".
func (c *dnsCheck) Name() string { return "dns" }

// Addressed reports whether it is known where the server is.
func (c *dnsCheck) Addressed(p domain.Process) bool { return c.place.known(p) }

// Run asks until an attempt is answered with what is expected or the retries are used up.
func (c *dnsCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	_, address, err := c.place.of(p)
	if err != nil {
		return domain.Unknown.Because("%s", err)
	}

	request := c.request
	request.Address = address
	a, answered, took, err := ask(ctx, c.patience, func(ctx context.Context) (domain.DNSAnswer, error) {
		return c.prober.DNS(ctx, request)
	}, c.judge)

	what := fmt.Sprintf("%s %s at %s", request.Name, request.Type, address)
	return timed(judgeProbe(ctx, what, "is "+someOf(a.Records, c.expect), err, domain.Secrets{}, domain.Secrets{}), answered, took, 0)
}

// judge says what was expected and what was seen, if that differs.
func (c *dnsCheck) judge(answer domain.DNSAnswer) error {
	expected := "a record"
	if c.expect != "" {
		expected = quoted(c.expect)
	}
	found := slices.ContainsFunc(answer.Records, func(record string) bool { return c.expect == "" || sameRecord(record, c.expect) })
	switch {
	case answer.Code != "NOERROR":
		return fmt.Errorf("%s: expected %s, seen %s", dnsWords(answer.Code), expected, answer.Code)
	case len(answer.Records) == 0:
		return fmt.Errorf("the name has no such record: expected %s, seen none", expected)
	case !found:
		return fmt.Errorf("expected %s, seen %s", expected, someOf(answer.Records, ""))
	}
	return nil
}

// dnsWords is what a response code means.
func dnsWords(code string) string {
	switch code {
	case "NXDOMAIN":
		return "the server knows no such name"
	case "SERVFAIL":
		return "the server cannot answer"
	case "REFUSED":
		return "the server refuses to answer"
	case "NOTIMP", "FORMERR":
		return "the server does not understand the question"
	}
	return "the server answers with an error"
}

// sameRecord compares addresses as such, and names with or without a dot at the end and capitals.
func sameRecord(record, expected string) bool {
	a, err := netip.ParseAddr(record)
	b, wrong := netip.ParseAddr(expected)
	if err == nil && wrong == nil {
		return a == b
	}
	return strings.EqualFold(strings.TrimSuffix(record, "."), strings.TrimSuffix(expected, "."))
}

// someOf are the records as a reason has them, or the one that was expected.
func someOf(records []string, expected string) string {
	if expected != "" {
		return quoted(expected)
	}
	return quoted(strings.Join(records, ", "))
}
