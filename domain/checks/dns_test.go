package checks_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestDNS(t *testing.T) {
	records := func(all ...string) domain.DNSAnswer { return domain.DNSAnswer{Code: "NOERROR", Records: all} }
	code := func(code string) domain.DNSAnswer { return domain.DNSAnswer{Code: code} }
	const asked = "example.com A at 127.0.0.1:53: "
	for sentence, c := range map[string]struct {
		expect string
		answer domain.DNSAnswer
		err    error
		want   domain.Verdict
	}{
		"any address":           {"", records("192.0.2.1", "192.0.2.2"), nil, domain.Healthy.Because(asked + `is "192.0.2.1, 192.0.2.2"`)},
		"the second":            {"192.0.2.2", records("192.0.2.1", "192.0.2.2"), nil, domain.Healthy.Because(asked + `is "192.0.2.2"`)},
		"one of many spellings": {"2001:DB8:0::1", records("2001:db8::1"), nil, domain.Healthy.Because(asked + `is "2001:DB8:0::1"`)},
		"a name":                {"WWW.example.com", records("www.example.com."), nil, domain.Healthy.Because(asked + `is "WWW.example.com"`)},
		"another":               {"192.0.2.2", records("192.0.2.1"), nil, domain.Unhealthy.Because(asked + `expected "192.0.2.2", seen "192.0.2.1"`)},
		"many others":           {"x", records(strings.Repeat("y", 900)), nil, domain.Unhealthy.Because(asked+`expected "x", seen "%s..."`, strings.Repeat("y", 77))},
		"none":                  {"", records(), nil, domain.Unhealthy.Because(asked + "the name has no such record: expected a record, seen none")},
		"no name":               {"192.0.2.2", code("NXDOMAIN"), nil, domain.Unhealthy.Because(asked + `the server knows no such name: expected "192.0.2.2", seen NXDOMAIN`)},
		"trouble":               {"", code("SERVFAIL"), nil, domain.Unhealthy.Because(asked + "the server cannot answer: expected a record, seen SERVFAIL")},
		"a refusal":             {"", code("REFUSED"), nil, domain.Unhealthy.Because(asked + "the server refuses to answer: expected a record, seen REFUSED")},
		"no understanding":      {"", code("FORMERR"), nil, domain.Unhealthy.Because(asked + "the server does not understand the question: expected a record, seen FORMERR")},
		"something else":        {"", code("RCODE11"), nil, domain.Unhealthy.Because(asked + "the server answers with an error: expected a record, seen RCODE11")},
		"what went wrong":       {"", code(""), errors.New("timed out"), domain.Unhealthy.Because(asked + "timed out")},
		"what we lack":          {"", code(""), domain.ErrProber, domain.Unknown.Because(asked + "the probe failed on our side")},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.dns.EXPECT().DNS(gomock.Any(), domain.DNSRequest{Address: "127.0.0.1:53", Name: "example.com", Type: "A"}).Return(c.answer, c.err)
			wantVerdict(t, build(t, checks.DNS{Query: "example.com", Expect: c.expect, Retries: new(0)}, w).Run(t.Context(), web()), c.want)
		})
	}
}

func TestDNSAsksTheServerOfTheProcess(t *testing.T) {
	w := newWorld(t)
	w.dns.EXPECT().DNS(gomock.Any(), domain.DNSRequest{Address: "[::1]:8081", Name: "_sip._tcp.example.com.", Type: "SRV"}).Return(domain.DNSAnswer{Code: "NOERROR", Records: []string{"1 2 3 a."}}, nil)
	check := build(t, checks.DNS{Query: "_sip._tcp.example.com.", Type: "srv", Host: "::1", Port: port(t, `web_(\d+)`)}, w)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because(`_sip._tcp.example.com. SRV at [::1]:8081: is "1 2 3 a."`))
	if _, listening := check.(domain.Listening); listening {
		t.Error("it is expected to listen on a TCP port")
	}
}

func TestDNSSettingsAreRefused(t *testing.T) {
	for setting, settings := range map[string]checks.DNS{
		"name": {Query: strings.Repeat("x", 64) + ".com"},
		"type": {Query: "example.com", Type: "ANY"},
	} {
		_, err := settings.Build(checks.World{})
		if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != setting {
			t.Error(err)
		}
	}
}
