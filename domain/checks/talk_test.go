package checks_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestWhatWasExpectedAndWhatWasSeen(t *testing.T) {
	late := errors.New("timed out after 5s reading the answer")
	for sentence, c := range map[string]struct {
		send, expect string
		heard        string
		err          error
		want         domain.Verdict
	}{
		"the answer":   {"PING\r\n", "+PONG", "+PONG\r\n", nil, domain.Healthy.Because(`answered with "+PONG"`)},
		"another one":  {"PING\r\n", "+PONG", "-LOADING\r\n", late, domain.Unhealthy.Because(`timed out after 5s reading the answer: expected "+PONG", seen "-LOADING\r\n"`)},
		"none":         {"PING\r\n", "+PONG", "", late, domain.Unhealthy.Because(`timed out after 5s reading the answer: expected "+PONG", seen nothing`)},
		"bytes":        {"\x00", "\x01", "\xff\x1b[2J%s", late, domain.Unhealthy.Because(`timed out after 5s reading the answer: expected "\x01", seen "\xff\x1b[2J%%s"`)},
		"a long one":   {"a", "b", strings.Repeat("c", 5000), late, domain.Unhealthy.Because(`timed out after 5s reading the answer: expected "b", seen "%s..."`, strings.Repeat("c", 77))},
		"an echo":      {"AUTH s3cret\r\nPING\r\n", "+PONG", "-ERR 'AUTH s3cret'", late, domain.Unhealthy.Because(`timed out after 5s reading the answer: expected "+PONG", seen "-ERR 'AUTH ***'"`)},
		"what we lack": {"a", "b", "", fmt.Errorf("%w: no", domain.ErrProber), domain.Unknown.Because(`the probe failed on our side: no: expected "b", seen nothing`)},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			asked := domain.Dialogue{Network: "tcp", Address: "127.0.0.1:6379", Send: c.send, Expect: c.expect}
			heard := domain.Heard{Connected: true, Text: c.heard}
			w.tcp.EXPECT().TCP(gomock.Any(), asked).Return(heard, c.err)
			asked.Network = "udp"
			w.udp.EXPECT().UDP(gomock.Any(), asked).Return(heard, c.err)
			at, once := checks.FixedPort(6379), new(0)
			for what, settings := range map[string]checks.Settings{
				"127.0.0.1:6379":     checks.TCP{Port: at, Retries: once, Send: c.send, Expect: c.expect},
				"udp 127.0.0.1:6379": checks.UDP{Port: at, Retries: once, Send: c.send, Expect: c.expect},
			} {
				got := build(t, settings, w).Run(t.Context(), web())
				got.Answer = ""
				wantVerdict(t, got, domain.Verdict{Health: c.want.Health, Reason: what + ": " + c.want.Reason})
			}
		})
	}
}

func TestARefusedConnectionIsNoDialogue(t *testing.T) {
	w := newWorld(t)
	w.tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).Return(domain.Heard{}, errors.New("connection refused"))
	check := build(t, checks.TCP{Port: checks.FixedPort(81), Retries: new(0), Expect: "220 "}, w)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Unhealthy.Because("127.0.0.1:81: connection refused"))
}

func TestAnyDatagramIsAnAnswer(t *testing.T) {
	w := newWorld(t)
	w.udp.EXPECT().UDP(gomock.Any(), gomock.Any()).Return(domain.Heard{Text: "s3cret"}, nil)
	check := build(t, checks.UDP{Port: port(t, `web_(\d+)`), Send: "?"}, w)
	wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("udp 127.0.0.1:8081: answered"))
	if _, listening := check.(domain.Listening); listening {
		t.Error("it is expected to listen on a TCP port")
	}
}

func TestUDPSettingsAreRefused(t *testing.T) {
	_, err := checks.UDP{Port: checks.FixedPort(53)}.Build(checks.World{})
	wantSettingError(t, err, domain.SettingError{Setting: "address", Value: "127.0.0.1:53", Why: "without a question there is no answer; write what is sent too, such as udp.send = ping"})
	_, err = checks.UDP{Send: "?"}.Build(checks.World{})
	if bad, ok := errors.AsType[*domain.SettingError](err); !ok || bad.Setting != "port" {
		t.Error(err)
	}
}

// A certificate is a matter of somebody who renews it, not of a restart.
func TestACertificateThatExpiresSoonIsAWarning(t *testing.T) {
	for left, want := range map[time.Duration]string{
		15 * 24 * time.Hour: "",
		13*24*time.Hour + 5: "the certificate expires in 13 days, on 2026-12-05",
		47 * time.Hour:      "the certificate expires in 47 hours, on 2026-11-24",
		-time.Hour:          "the certificate has expired on 2026-11-22",
	} {
		for health, err := range map[domain.Health]error{domain.Healthy: nil, domain.Unhealthy: errors.New("no")} {
			w := newWorld(t)
			w.clock.EXPECT().Now().Return(noon()).AnyTimes()
			expires := noon().Add(left)
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
				if r.TLS == nil || r.TLS.ServerName != "www.example.org" || r.Header["Host"][0] != "www.example.org:8443" {
					t.Errorf("asked was %+v", r)
				}
				return domain.HTTPAnswer{Status: 200, Expires: expires}, err
			})
			w.tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).Return(domain.Heard{Connected: true, Expires: expires}, err)
			tls := checks.TLS{Expires: 14 * 24 * time.Hour}
			for _, settings := range []checks.Settings{
				checks.HTTP{URL: "/", Port: checks.FixedPort(443), HTTPS: true, Site: "www.example.org:8443", TLS: tls, Retries: new(0)},
				checks.TCP{Port: checks.FixedPort(443), Secure: true, TLS: tls, Retries: new(0)},
			} {
				got := build(t, settings, w).Run(t.Context(), web())
				if text := ""; got.Health != health || len(got.Warnings) > 1 || len(got.Warnings) == 1 && got.Warnings[0].Text != want || len(got.Warnings) == 0 && text != want {
					t.Errorf("%s left: got %+v, want %q", left, got, want)
				}
			}
		}
	}
}

func TestSettingsOfTLSAreRefused(t *testing.T) {
	const cert = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"
	for sentence, c := range map[string]struct {
		tls     domain.TLS
		setting string
	}{
		"a name that is none":     {domain.TLS{ServerName: "a b"}, "server_name"},
		"no certificate":          {domain.TLS{CA: "s3cret"}, "ca"},
		"one that cannot be read": {domain.TLS{CA: cert}, "ca"},
		"no own certificate":      {domain.TLS{Cert: "s3cret"}, "cert"},
		"no key":                  {domain.TLS{Key: "s3cret"}, "key"},
		"a key without more":      {domain.TLS{Key: "-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"}, "key"},
		"a key with a passphrase": {domain.TLS{Key: "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n"}, "key"},
		"an old one too":          {domain.TLS{Key: "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n"}, "key"},
	} {
		t.Run(sentence, func(t *testing.T) {
			tls, at := checks.TLS{TLS: c.tls}, checks.FixedPort(80)
			for _, settings := range []checks.Settings{checks.HTTP{URL: "/", Port: at, TLS: tls}, checks.TCP{Port: at, TLS: tls}, checks.XMLRPC{URL: "/", Port: at, TLS: tls}} {
				_, err := settings.Build(checks.World{})
				bad, ok := errors.AsType[*domain.SettingError](err)
				if !ok || bad.Setting != c.setting || strings.Contains(err.Error(), "s3cret") {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestAKeyIsWrittenNowhere(t *testing.T) {
	tls := checks.TLS{TLS: domain.TLS{Key: "s3cret", Cert: "s3cret"}}
	all := []any{checks.HTTP{TLS: tls, HTTPS: true, URL: "/"}, checks.TCP{TLS: tls, Send: "s3cret"}, checks.XMLRPC{TLS: tls}, checks.UDP{Send: "s3cret"}, tls, domain.TLS{Key: "s3cret"}}
	if got := fmt.Sprintf("%+v %v", all, all); strings.Contains(got, "s3cret") {
		t.Error(got)
	}
}
