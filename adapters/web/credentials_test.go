package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

const token = "0123456789abcdef0123456789abcdef"

// secured is a listener on an address of this machine, with the orders that it was given.
type secured struct {
	*web.Server
	t      *testing.T
	base   string
	orders int
}

func secure(t *testing.T, c web.Config) *secured {
	t.Helper()
	s := &secured{t: t}
	l := newListening(t)
	l.MockViewer.EXPECT().Snapshot().DoAndReturn(world).AnyTimes()
	l.MockSuspender.EXPECT().Suspend(cmpAny{}, cmpAny{}, cmpAny{}).AnyTimes().DoAndReturn(func([]string, any, string) [][]domain.ID {
		s.orders++
		return [][]domain.ID{{{Group: "web", Name: "a"}}}
	})
	if c.Address == "" {
		c.Address = "127.0.0.1:0"
	}
	c.About = about()
	var err error
	if s.Server, err = web.Open(c, l); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.Address().String(), "[::]"), ":")
	s.base = "http://127.0.0.1:" + port
	return s
}

// ask sends a request with these headers, and returns the answer without its body.
func (s *secured) ask(method, path, host string, headers ...string) *http.Response {
	s.t.Helper()
	request, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, strings.NewReader(`{"names": ["web"]}`))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Host = host
	request.Header.Set("Content-Type", "application/json")
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Add(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	response.Body.Close()
	return response
}

// basic is what a browser sends.
func basic(user, password string) string {
	r := &http.Request{Header: http.Header{}}
	r.SetBasicAuth(user, password)
	return "Authorization: " + r.Header.Get("Authorization")
}

func TestWhoMaySeeAndWhoMayOrder(t *testing.T) {
	for name, tt := range map[string]struct {
		credentials web.Credentials
		header      string
		see, order  int
		challenges  string
	}{
		"nothing is asked for":            {web.Credentials{}, "", 200, 403, "[]"},
		"and what is said is not heard":   {web.Credentials{}, "Authorization: Bearer " + token, 200, 403, "[]"},
		"nothing is said":                 {web.NewCredentials("u", "p w", token), "", 401, 401, "both"},
		"the password":                    {web.NewCredentials("u", "p w", token), basic("u", "p w"), 200, 403, "[]"},
		"the token":                       {web.NewCredentials("u", "p w", token), "Authorization: Bearer " + token, 200, 200, "[]"},
		"the token, in capitals":          {web.NewCredentials("u", "p w", token), "Authorization: BEARER " + token, 200, 200, "[]"},
		"another password":                {web.NewCredentials("u", "p w", token), basic("u", "p"), 401, 401, "both"},
		"another name":                    {web.NewCredentials("u", "p w", token), basic("v", "p w"), 401, 401, "both"},
		"a colon at another place":        {web.NewCredentials("u", "p:w", token), basic("u:p", "w"), 200, 403, "[]"}, // which is the same to HTTP
		"no name":                         {web.NewCredentials("u", "p w", token), basic("", "p w"), 401, 401, "both"},
		"no password":                     {web.NewCredentials("u", "p w", token), basic("u", ""), 401, 401, "both"},
		"another token":                   {web.NewCredentials("u", "p w", token), "Authorization: Bearer " + token[1:], 401, 401, "both"},
		"no token":                        {web.NewCredentials("u", "p w", token), "Authorization: Bearer ", 401, 401, "both"},
		"the token as a password":         {web.NewCredentials("u", "p w", token), basic("u", token), 401, 401, "both"},
		"the token in another way":        {web.NewCredentials("u", "p w", token), "Authorization: Token " + token, 401, 401, "both"},
		"the token in the address":        {web.NewCredentials("u", "p w", token), "X-Token: " + token, 401, 401, "both"},
		"the password as a token":         {web.NewCredentials("u", "p w", token), "Authorization: Bearer u:p w", 401, 401, "both"},
		"garbage":                         {web.NewCredentials("u", "p w", token), "Authorization: Basic !!!", 401, 401, "both"},
		"a token is asked for alone":      {web.NewCredentials("", "", token), "", 401, 401, `[Bearer realm="supervisor-healthcheck"]`},
		"a password is asked for alone":   {web.NewCredentials("u", "p w", ""), "", 401, 401, `[Basic realm="supervisor-healthcheck", charset="UTF-8"]`},
		"no token is there":               {web.NewCredentials("u", "p w", ""), "Authorization: Bearer ", 401, 401, `[Basic realm="supervisor-healthcheck", charset="UTF-8"]`},
		"no password is there":            {web.NewCredentials("", "", token), basic("", ""), 401, 401, `[Bearer realm="supervisor-healthcheck"]`},
		"a password that is not in ASCII": {web.NewCredentials("ü", "ß☃", ""), basic("ü", "ß☃"), 200, 403, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			s := secure(t, web.Config{Credentials: tt.credentials})
			var headers []string
			if tt.header != "" {
				headers = append(headers, tt.header)
			}
			if tt.challenges == "both" {
				tt.challenges = `[Basic realm="supervisor-healthcheck", charset="UTF-8" Bearer realm="supervisor-healthcheck"]`
			}
			for _, path := range []string{"/v1/status", "/healthz", "/nothing/here"} {
				want := tt.see
				if path == "/nothing/here" && want == 200 {
					want = 404
				}
				if r := s.ask("GET", path, "", headers...); r.StatusCode != want || fmt.Sprint(r.Header["Www-Authenticate"]) != tt.challenges {
					t.Errorf("%s: %d %s", path, r.StatusCode, r.Header["Www-Authenticate"])
				}
			}
			done := 0
			if tt.order == 200 {
				done = 1
			}
			if r := s.ask("POST", "/v1/resume", "", headers...); r.StatusCode != tt.order || s.orders != done {
				t.Errorf("the order: %d, and %d were obeyed", r.StatusCode, s.orders)
			}
		})
	}
}

// A browser sends a password by itself, whoever has made it send a request; so a password gives no orders, and a page elsewhere
// may not even ask whether it may send a token.
func TestAPageElsewhereGivesNoOrders(t *testing.T) {
	s := secure(t, web.Config{Credentials: web.NewCredentials("u", "p", token)})
	from := []string{basic("u", "p"), "Origin: http://evil.example", "Sec-Fetch-Site: cross-site"}
	if r := s.ask("POST", "/v1/pause", "", from...); r.StatusCode != 403 {
		t.Error(r.StatusCode)
	}
	asks := s.ask("OPTIONS", "/v1/pause", "", "Origin: http://evil.example", "Access-Control-Request-Method: POST", "Access-Control-Request-Headers: authorization, content-type")
	if asks.StatusCode != 401 || asks.Header.Get("Access-Control-Allow-Origin") != "" || s.orders != 0 {
		t.Error(asks.StatusCode, asks.Header, s.orders)
	}
}

func TestTheNamesUnderWhichItIsServed(t *testing.T) {
	for address, names := range map[string]map[string]int{
		"127.0.0.1:0": {"localhost": 200, "LOCALHOST:9117": 200, "localhost.": 200, "127.0.0.9": 200, "[::1]:9117": 200, "[::ffff:127.0.0.1]": 200,
			"web01.example.org:9117": 200, "WEB01.Example.org": 200, "web01.example.org.": 200,
			"10.0.0.5": 421, "[2001:db8::1]": 421, "evil.example": 421, "web01": 421, "web01.example.org.evil.example": 421, "localhost.evil.example": 421, "x:y:z": 421},
		"0.0.0.0:0": {"localhost": 200, "127.0.0.1": 200, "10.0.0.5:9117": 200, "[2001:db8::1]:9117": 200, "web01.example.org": 200,
			"evil.example": 421, "10.0.0.5.evil.example": 421, "0x7f.1": 421},
	} {
		s := secure(t, web.Config{Address: address, Names: []string{"web01.example.org"}})
		for host, want := range names {
			if r := s.ask("GET", "/healthz", host); r.StatusCode != want {
				t.Errorf("%s as %s: %d, want %d", address, host, r.StatusCode, want)
			}
		}
	}
}

// Who has guessed wrong for a while is not even looked at, so that a right guess among many tells nothing.
func TestSecretsAreNotGuessed(t *testing.T) {
	s := secure(t, web.Config{Credentials: web.NewCredentials("u", "p", token)})
	for range 30 { // who is right is never held up
		if r := s.ask("GET", "/healthz", "", basic("u", "p")); r.StatusCode != 200 {
			t.Fatal(r.StatusCode)
		}
	}
	refused := 0
	for i := range 1000 {
		r := s.ask("GET", "/healthz", "", basic("u", fmt.Sprint("guess", i)))
		if refused += map[int]int{429: 1}[r.StatusCode]; refused > 0 {
			break
		}
	}
	if r := s.ask("GET", "/healthz", "", basic("u", "p")); refused == 0 || r.StatusCode != 429 || r.Header.Get("Retry-After") == "" {
		t.Errorf("after %d refusals it is %d", refused, r.StatusCode)
	}
	if r := s.ask("GET", "/healthz", ""); r.StatusCode != 401 {
		t.Error(r.StatusCode)
	}
}

func TestOtherCredentialsHoldFromNowOn(t *testing.T) {
	s := secure(t, web.Config{Credentials: web.NewCredentials("u", "p", "")})
	s.Renew(web.NewCredentials("u", "q", ""))
	if old, renewed := s.ask("GET", "/healthz", "", basic("u", "p")), s.ask("GET", "/healthz", "", basic("u", "q")); old.StatusCode != 401 || renewed.StatusCode != 200 {
		t.Error(old.StatusCode, renewed.StatusCode)
	}
}

func TestNoSecretCanBeMadeOfCredentials(t *testing.T) {
	c := web.NewCredentials("user", "password", token)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		if text := fmt.Sprintf(verb, c); strings.Contains(text, "password") || strings.Contains(text, token) {
			t.Error(text)
		}
	}
}
