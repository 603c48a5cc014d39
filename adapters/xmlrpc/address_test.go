package xmlrpc_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/xmlrpc"
	"supervisor-healthcheck/domain"
)

func TestURLsThatAreRefused(t *testing.T) {
	cases := map[string]struct{ url, names string }{
		"none given":                            {"", "[unix_http_server] or [inet_http_server]"},
		"only blanks":                           {"  ", "[unix_http_server] or [inet_http_server]"},
		"serverurl=NONE":                        {"NONE", "[unix_http_server] or [inet_http_server]"},
		"a socket without a path":               {"unix://", "[unix_http_server]"},
		"another scheme":                        {"https://127.0.0.1:9001", "[inet_http_server]"},
		"no scheme":                             {"127.0.0.1:9001", "--serverurl"},
		"no host":                               {"http:///RPC2", "--serverurl"},
		"only a port":                           {"http://:9001", "--serverurl"},
		"a bad port":                            {"http://127.0.0.1:port", "--serverurl"},
		"a slash in the password":               {"http://user:xyz/xyz@127.0.0.1:9001", "--serverurl"},
		"a slash after digits in the password":  {"http://user:12/xyz@127.0.0.1:9001", "percent-encoded"},
		"a hash in the password":                {"http://user:12#xyz@127.0.0.1:9001", "percent-encoded"},
		"a question mark in the password":       {"http://user:12?xyz@127.0.0.1:9001", "percent-encoded"},
		"a blank in the password":               {"http://user:xyz xyz@127.0.0.1:9001", "--serverurl"},
		"a password for a scheme not supported": {"https://user:xyz@127.0.0.1:9001", "--serverurl"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := xmlrpc.New(xmlrpc.Config{URL: c.url})
			var setting *domain.SettingError
			if !errors.As(err, &setting) {
				t.Fatalf("%v is not a setting error", err)
			}
			text := err.Error()
			if !strings.Contains(text, "SUPERVISOR_SERVER_URL") || !strings.Contains(text, c.names) {
				t.Errorf("%q does not name the variable and %q", text, c.names)
			}
			if strings.Contains(text, "xyz") || strings.Contains(text, "\n") {
				t.Errorf("%q shows the password or is not one line", text)
			}
		})
	}
}

func TestWhatIsSentWhere(t *testing.T) {
	type seen struct{ Path, Query, User, Password string }
	cases := map[string]struct {
		suffix string // of the address
		user   string // before the host
		config xmlrpc.Config
		want   seen
	}{
		"no path":                         {want: seen{Path: "/RPC2"}},
		"a trailing slash":                {suffix: "/", want: seen{Path: "/RPC2"}},
		"a path":                          {suffix: "/a%20b/RPC2", want: seen{Path: "/a b/RPC2"}},
		"a query":                         {suffix: "/RPC2?x=1", want: seen{Path: "/RPC2", Query: "x=1"}},
		"credentials":                     {config: xmlrpc.Config{Username: "ü", Password: "p:w"}, want: seen{"/RPC2", "", "ü", "p:w"}},
		"credentials in the URL":          {user: "u:p%40w@", want: seen{"/RPC2", "", "u", "p@w"}},
		"given credentials win":           {user: "u:p@", config: xmlrpc.Config{Username: "a", Password: "b"}, want: seen{"/RPC2", "", "a", "b"}},
		"a password without a user name":  {config: xmlrpc.Config{Password: "b"}, want: seen{"/RPC2", "", "", "b"}},
		"a user name without a password":  {user: "u@", want: seen{"/RPC2", "", "u", ""}},
		"an at sign as it is in the URL ": {user: "u:p@w@", want: seen{"/RPC2", "", "u", "p@w"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := make(chan seen, 10)
			f := start(t, "tcp", func(w http.ResponseWriter, r *http.Request) {
				s := seen{Path: r.URL.Path, Query: r.URL.RawQuery}
				s.User, s.Password, _ = r.BasicAuth()
				got <- s
				says(value("<int>1</int>"))(w, r)
			})
			c.config.URL = strings.Replace(f.URL, "//", "//"+c.user, 1) + c.suffix
			_, _ = client(t, c.config).Identity(t.Context())
			select {
			case s := <-got:
				if s != c.want {
					t.Errorf("got %+v, want %+v", s, c.want)
				}
			default:
				t.Error("nothing was asked")
			}
		})
	}
}
