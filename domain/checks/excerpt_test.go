package checks_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestABadAnswerIsQuotedWithoutSecrets(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for sentence, c := range map[string]struct{ answer, want string }{
		"as one line":                       {"<h1>\r\n\tdown  </h1>\n", "<h1> down </h1>"},
		"no more than 200 letters":          {strings.Repeat("é", 300), strings.Repeat("é", 200) + "..."},
		"what cannot be printed as numbers": {"\x15\x03\x01 \x1b[31m\u202e\xff\ufffd\"é", `\x15\x03\x01 \x1b[31m\u202e\xff?"é`},
		"no password":                       {"wrong: p&ss word", "wrong: ***"},
		"no password with other blanks":     {"wrong: p&ss\n word", "wrong: ***"},
		"no password in a page":             {"wrong: p&amp;ss word", "wrong: ***"},
		"no password in a query":            {"wrong: p%26ss+word p%26ss%20word", "wrong: *** ***"},
		"no password in JSON":               {`{"got": "p\u0026ss word"}`, `{"got": "***"}`},
		"no Authorization":                  {"Authorization: Basic YWRtaW46cCZzcyB3b3Jk", "Authorization: Basic ***"},
		"no header":                         {"Cookie: a=1; session=0123456789abcdef", "Cookie: ***"},
		"no query":                          {"GET /ping?key=very%20s3cret-token", "GET /ping?***"},
		"no part of a query":                {"key is s3cret-token", "key is ***"},
		"no part of a body":                 {"body was {'pin': '12345678'}", "body was {'pin': '***'}"},
		"no half of a secret at its end":    {"session=0123456", "***"},
		"no secret beyond 200 letters":      {long[:195] + "0123456789abcdef", long[:195] + "***"},
	} {
		t.Run(sentence, func(t *testing.T) {
			settings := checks.HTTP{URL: "/ping?key=very%20s3cret-token", Port: checks.FixedPort(80), Retries: new(0), Method: "POST",
				Username: "admin", Password: "p&ss word", JSON: `{"pin": "12345678"}`, Headers: map[string]string{"Cookie": "a=1; session=0123456789abcdef"}}
			w := newWorld(t)
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 500, Beginning: c.answer}, nil)
			got := build(t, settings, w).Run(t.Context(), web())
			if got.Answer != c.want || got.Reason != "POST 127.0.0.1:80/ping?***: status 500, only 200 is healthy" {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

func TestOnlyABadAnswerIsQuoted(t *testing.T) {
	bad := &domain.BadAnswer{Err: errors.New("the answer is empty"), Beginning: "hello"}
	for sentence, c := range map[string]struct {
		err  error
		want string
	}{
		"an answer that is none":     {bad, "hello"},
		"a fault, which speaks":      {&domain.Fault{Code: 1, Text: "no"}, ""},
		"a connection that is not":   {errors.New("connection refused"), ""},
		"no answer of a healthy one": {nil, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.xmlrpc.EXPECT().XMLRPC(gomock.Any(), gomock.Any()).Return(c.err)
			check := build(t, checks.XMLRPC{SocketPath: "/s", Retries: new(0)}, w)
			if got := check.Run(t.Context(), web()); got.Answer != c.want {
				t.Errorf("got %+v, want %q", got, c.want)
			}
		})
	}
}

// FuzzExcerpt looks for a secret, or for anything that is not one printable line, in what is shown.
func FuzzExcerpt(f *testing.F) {
	f.Add("password", "the password was password")
	f.Add("a b\"c", "\x1b a\nb\"c\xff")
	f.Fuzz(func(t *testing.T, secret, answer string) {
		if len(strings.TrimSpace(secret)) < 4 || len(secret)+2*len(answer) > 1024 || strings.ContainsAny(secret, "*.") {
			t.Skip()
		}
		w := newWorld(t)
		w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).Return(domain.HTTPAnswer{Status: 500, Beginning: answer + secret + answer}, nil)
		check := build(t, checks.HTTP{URL: "/", Port: checks.FixedPort(80), Retries: new(0), Password: secret}, w)
		got := check.Run(t.Context(), web()).Answer
		if strings.Contains(got, secret) || len([]rune(got)) > 203 || strings.ContainsAny(got, "\n\r\t\x1b\x00") {
			t.Errorf("secret %q: %q", secret, got)
		}
	})
}
