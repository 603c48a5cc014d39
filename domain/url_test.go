package domain_test

import (
	"strings"
	"testing"

	"supervisor-healthcheck/domain"
)

func TestIsToken(t *testing.T) {
	const all = "!#$%&'*+-.^_`|~09azAZ"
	for _, good := range append(strings.Split(all, ""), all, "X-Header") {
		if !domain.IsToken(good) {
			t.Errorf("%q is one", good)
		}
	}
	for _, bad := range append(strings.Split("\"(),/:;<=>?@[\\]{} \t\r\n\x00\x7fé\xff", ""), "", "a b") {
		if domain.IsToken(bad) {
			t.Errorf("%q is none", bad)
		}
	}
}

func TestWithoutCredentials(t *testing.T) {
	for url, want := range map[string]string{
		"http://user:secret@127.0.0.1:9001":      "http://127.0.0.1:9001",
		"http://user@127.0.0.1:9001/RPC2":        "http://127.0.0.1:9001/RPC2",
		"http://user:a@b/c?d#e@127.0.0.1:9001/x": "http://127.0.0.1:9001/x",
		"http://127.0.0.1:9001/":                 "http://127.0.0.1:9001/",
		"unix:///run/me@host/supervisor.sock":    "unix:///run/me@host/supervisor.sock",
		"NONE":                                   "NONE",
		"":                                       "",
	} {
		if got := domain.WithoutCredentials(url); got != want {
			t.Errorf("%q became %q, want %q", url, got, want)
		}
	}
}

func TestShownURL(t *testing.T) {
	const not = "(not shown)"
	for url, want := range map[string]string{
		"": "", "NONE": "NONE", "localhost:9001": "localhost:9001", "http://h:80/RPC2": "http://h:80/RPC2", "http://[::1]:80": "http://[::1]:80", "https://h": "https://h",
		"unix:///run/a b?c.sock": "unix:///run/a b?c.sock", "unix://": "unix://",
		"http://u:s3@h": not, "u:s3@h": not, "http://u:s/3@h/x": not, "http://u:s3": not, "http://[::1]:s3": not, "u:s3": not, "http://h/?token=s3": not, "http://h/#s3": not,
	} {
		if got := domain.ShownURL(url); got != want {
			t.Errorf("%q is shown as %q, want %q", url, got, want)
		}
	}
}
