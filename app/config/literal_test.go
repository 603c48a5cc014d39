package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain/checks"
)

func TestHowTextsAreWritten(t *testing.T) {
	for text, want := range map[string]string{
		"plain, with a;b#c and 90% of %20": "plain, with a;b#c and 90% of %20",
		"a ;b":                             "a %(U+003B)sb",
		"# first":                          "%(U+0023)s first",
		" around ":                         "%(U+0020)saround%(U+0020)s",
		"one\ntwo":                         "one\n    two",
		"one\n# two":                       "one\n    %(U+0023)s two",
		"one\n\ntwo":                       "one%(U+000A)s%(U+000A)stwo",
		"end\r\n":                          "end%(U+000D)s%(U+000A)s",
		"100%%":                            "100%(U+0025)s%",
		"%(here)s":                         "%(U+0025)s(here)s",
		"100% ":                            "100%(U+0025)s%(U+0020)s",
		"a  b\tc":                          "a  b\tc",
		"":                                 "",
		`{"a": "b\n"}`:                     `{"a": "b\n"}`,
		"%(U+0020)s":                       "%(U+0025)s(U+0020)s",
		"bell\x07, nul":                    "bell%(U+0007)s, nul",
	} {
		if got, ok := config.Written(text); got != want || !ok {
			t.Errorf("%q is written %q, want %q", text, got, want)
		}
	}
	if got, ok := config.Written("\xff"); ok {
		t.Errorf("what is not UTF-8 is written %q", got)
	}
}

// FuzzWritten has any text written into a section and read from it.
func FuzzWritten(f *testing.F) {
	for _, seed := range []string{"", " ", "a ;b", "\n", "a\n b", "%%", "%(here)s", "%", "% ;", "%(U+0025)s", "\u00a0x\u2003", "a\r\nb", "[x]", "key = value", "\x1c", "%\n(", ";", "a \n;"} {
		f.Add(seed)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, text string) {
		value, ok := config.Written(text)
		if ok != utf8.ValidString(text) || !ok {
			return
		}
		path := filepath.Join(dir, "x.conf")
		conf := "[unix_http_server]\nfile=/s\n[program:web]\ncommand=x\n[healthcheck:web]\nhttp = http://127.0.0.1/\nhttp.body = " + value + "\nhttp.retries = 1\n"
		if err := os.WriteFile(path, []byte(conf), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(path, nil)
		if err != nil || c.Err() != nil {
			t.Fatal(err, c.Err())
		}
		if h := c.Watches[0].Checks[0].(checks.HTTP); h.Body != text || *h.Retries != 1 {
			t.Errorf("%q was read as %q from\n%s", text, h.Body, conf)
		}
		if !strings.Contains(conf, value) {
			t.Fatal()
		}
	})
}
