package domain_test

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// echoes are what servers, proxies and libraries make of a text that they were sent.
func echoes() map[string]func(string) string {
	return map[string]func(string) string{
		"as it is":                       func(s string) string { return s },
		"with other blanks":              func(s string) string { return strings.ReplaceAll(s, " ", "\r\n\t ") },
		"with a line break in it":        func(s string) string { return s[:1] + "\n " + s[1:] },
		"a character a line":             func(s string) string { return strings.Join(strings.Split(s, ""), "\n") },
		"with a soft hyphen in it":       func(s string) string { return s[:1] + "\u00ad" + s[1:] },
		"with an ESC in it":              func(s string) string { return s[:1] + "\x1b" + s[1:] },
		"with a zero in it":              func(s string) string { return s[:1] + "\x00" + s[1:] },
		"in capitals":                    strings.ToUpper,
		"in small letters":               strings.ToLower,
		"percent-encoded for a query":    url.QueryEscape,
		"percent-encoded for a path":     url.PathEscape,
		"percent-encoded all over":       func(s string) string { return strings.ToLower(everyByte(s, "%%%02X")) },
		"percent-encoded here and there": func(s string) string { return fmt.Sprintf("%%%02x", s[0]) + s[1:] },
		"with entities of HTML":          html.EscapeString,
		"with entities all over":         func(s string) string { return everyRune(s, "&#%d;") },
		"quoted":                         strconv.Quote,
		"quoted twice":                   func(s string) string { return strconv.Quote(strconv.Quote(s)) },
		"quoted in ASCII":                strconv.QuoteToASCII,
		"with ? for what is not ASCII":   func(s string) string { return strings.Map(question, s) },
		"with its bytes as characters":   func(s string) string { return everyByteAsRune(s) },
		"in base64, as a login":          func(s string) string { return base64.StdEncoding.EncodeToString([]byte("admin:" + s)) },
		"in base64 of URLs, as a login":  func(s string) string { return base64.URLEncoding.EncodeToString([]byte("admin:" + s)) },
		"in base64 with line breaks": func(s string) string {
			b := base64.StdEncoding.EncodeToString([]byte("admin:" + s))
			return b[:9] + "\r\n " + b[9:]
		},
		"in base64 by itself": func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) },
	}
}

func question(r rune) rune {
	if r > unicode.MaxASCII {
		return '?'
	}
	return r
}

func everyByte(s, format string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		fmt.Fprintf(&b, format, c)
	}
	return b.String()
}

func everyRune(s, format string) string {
	var b strings.Builder
	for _, r := range s {
		fmt.Fprintf(&b, format, r)
	}
	return b.String()
}

func everyByteAsRune(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

func passwords() []string {
	return []string{"s3cr3t", "s3cr3t pass", `s3"cr'3t\x`, "pässwörd€", "ok%41&amp;<b>", "a:b@c/d?e#f", "tab\tand\nline", "SeCrEt"}
}

func login(password string) domain.Secrets {
	return domain.HTTPRequest{Username: "admin", Password: password}.Secrets()
}

// However it comes back, no word of it is shown, and what stands around it is.
func TestSecretsAreHiddenInEveryEcho(t *testing.T) {
	for name, echo := range echoes() {
		for _, password := range passwords() {
			for _, gap := range []string{" ", "", "\n", strings.Repeat(" ", 2000), strings.Repeat("\n", 1017)} {
				got := login(password).Line("fault 1: before"+gap+echo(password)+gap+"after", 300)
				if one := strings.ReplaceAll(strings.ReplaceAll(got, `"`, ""), `\`, ""); strings.ReplaceAll(one, " ", "") != "fault1:before***after" {
					t.Errorf("%s, %q with %.5q around: %q", name, password, gap, got)
				}
			}
		}
	}
}

// Wherever the text is cut, by us or before us, the rest of a secret is hidden too.
func TestSecretsAreHiddenWhereTheTextIsCut(t *testing.T) {
	const password = "correct horse battery"
	for before := range 320 {
		text := strings.Repeat("x", before) + " " + password
		if got := login(password).Line(text, 300); strings.Contains(got, "corr") || utf8.RuneCountInString(got) > 300 {
			t.Errorf("%d characters before it: %q", before, got)
		}
	}
	for end := 4; end < len(password); end++ {
		for _, mark := range []string{"", "...", "…", `"`, `...")`, "\n..."} {
			text := "refused: " + password[:end] + mark
			if got := login(password).Line(text, 300); !strings.HasPrefix(got, "refused: ***") {
				t.Errorf("%q: %q", text, got)
			}
		}
	}
}

func TestLine(t *testing.T) {
	secret := domain.NewSecrets("s3cr3t", "", "  ", `\\\\`)
	for text, want := range map[string]string{
		"":                                  "",
		" \n ":                              "",
		"nothing to hide":                   "nothing to hide",
		"a\n\n b\t c":                       "a b c",
		"a\x1b[31mb":                        "a [31mb",
		"\xffa\xfe\xfd":                     "?a??",
		"s3cr3ts3cr3t s3cr3t":               "*** ***",
		"s3cr3":                             "***",
		"s3c":                               "s3c",
		`a \\\\ b`:                          "a *** b",
		strings.Repeat("ä", 300):            strings.Repeat("ä", 300),
		strings.Repeat("ä", 301):            strings.Repeat("ä", 297) + "...",
		strings.Repeat("x", 299) + "s3cr3t": strings.Repeat("x", 297) + "...",
		"%zz %4 %":                          "%zz %4 %",
		"&; &nosuch; &":                     "&; &nosuch; &",
	} {
		if got := secret.Line(text, 300); got != want {
			t.Errorf("%.40q: %q, want %q", text, got, want)
		}
	}
	if got := (domain.Secrets{}).Line("a  b", 300); got != "a b" {
		t.Errorf("no secrets: %q", got)
	}
}

func TestSecretsOfRequests(t *testing.T) {
	all := map[string]domain.Secrets{
		"http": domain.HTTPRequest{Path: "/x?token=12345678&deep=1", Username: "u", Password: "p4ssw0rd", Body: `{"pin": "4711"}`, Header: map[string][]string{
			"Authorization": {"Bearer abcdefgh"}, "X-Api-Key": {"k3yk3y"}, "Accept": {"text/plain"}, "Host": {"example.com"}, "X-Empty": {""}}}.Secrets(),
		"xmlrpc": domain.XMLRPCRequest{Path: "/RPC2?token=12345678", Username: "u", Password: "p4ssw0rd"}.Secrets(),
	}
	for text, want := range map[string]map[string]string{
		"p4ssw0rd":                    {"http": "***", "xmlrpc": "***"},
		"dTpwNHNzdzByZA==":            {"http": "***", "xmlrpc": "***"},
		"12345678 is refused":         {"http": "*** is refused", "xmlrpc": "*** is refused"},
		"token=12345678&deep=1":       {"http": "***"},
		"bad key: Bearer abcdefgh":    {"http": "bad key: ***"},
		"bad key: abcdefgh":           {"http": "bad key: ***"},
		"k3yk3y":                      {"http": "***"},
		`no {"pin": "4711"}`:          {"http": "no ***"},
		"text/plain from example.com": {"http": "text/plain from example.com", "xmlrpc": "text/plain from example.com"},
	} {
		for kind, want := range want {
			if got := all[kind].Line(text, 300); got != want {
				t.Errorf("%s, %q: %q, want %q", kind, text, got, want)
			}
		}
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	s := login("s3cr3t")
	for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, value := range []any{s, &s, struct{ S domain.Secrets }{s}, struct{ s domain.Secrets }{s}} {
			if got := fmt.Sprintf(format, value); strings.Contains(strings.ToLower(got), "s3cr3t") {
				t.Errorf("%s of %T shows %s", format, value, got)
			}
		}
	}
}

func FuzzSecrets(f *testing.F) {
	for _, password := range passwords() {
		for _, echo := range echoes() {
			f.Add(password, "before "+echo(password)+" after")
		}
	}
	f.Add(`\\\\`, `a \\\\ b`)
	f.Fuzz(func(t *testing.T, password, text string) {
		if len(password) > 200 || len(text) > 2000 {
			return
		}
		const most = 300
		got := login(password).Line(text, most)
		if !utf8.ValidString(got) || utf8.RuneCountInString(got) > most || strings.ContainsFunc(got, unicode.IsControl) || strings.Contains(got, "  ") {
			t.Fatalf("%q is no line", got)
		}
		if strings.Trim(password, "*.? \t\r\n\v\f\u0085\u00a0") == "" {
			return // the stars themselves, or what takes the place of a character or of an end
		}
		for _, echo := range []string{password, strings.Join(strings.Fields(password), " "), base64.StdEncoding.EncodeToString([]byte("admin:" + password))} {
			if echo != "" && utf8.ValidString(echo) && strings.Contains(got, echo) && !strings.Contains("***...", echo) {
				t.Fatalf("%q comes through in %q", echo, got)
			}
		}
	})
}
