package notify

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestWhatAMessageSays(t *testing.T) {
	for text, want := range map[string]notice{
		"READY=1":                             {ready: true},
		"READY=1\n":                           {ready: true},
		"WATCHDOG=1":                          {beat: true},
		"STOPPING=1\nSTATUS=Bye.":             {stopping: true, status: "Bye.", told: true},
		"READY=1\nSTATUS=serving\nWATCHDOG=1": {ready: true, beat: true, status: "serving", told: true},
		"STATUS=":                             {told: true},
		"STATUS=a=b":                          {status: "a=b", told: true},
		"STATUS= two\t \x01 words\u200b\xff ": {status: "two ? words??", told: true},
		"STATUS=" + strings.Repeat("é", 100):  {status: strings.Repeat("é", 80) + "...", told: true},
		"READY=0\nWATCHDOG=trigger":           {},
		"READY":                               {},
		"MAINPID=1\nERRNO=2\nFDSTORE=1":       {},
		"ready=1":                             {},
		"":                                    {},
	} {
		if got := parse(text); got != want {
			t.Errorf("%.40q: %+v, want %+v", text, got, want)
		}
	}
}

func FuzzNotice(f *testing.F) {
	f.Add("READY=1\nSTATUS=x\nWATCHDOG=1\nSTOPPING=1")
	f.Add("STATUS=\xff\x00\u2028" + strings.Repeat(" a", 200))
	f.Fuzz(func(t *testing.T, text string) {
		n := parse(text)
		if letters := utf8.RuneCountInString(n.status); letters > longestStatus+3 {
			t.Errorf("%d letters", letters)
		}
		if strings.ContainsFunc(n.status, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }) || strings.TrimSpace(n.status) != n.status {
			t.Errorf("%q", n.status)
		}
		if n.ready && !strings.Contains(text, "READY=1") || n.beat && !strings.Contains(text, "WATCHDOG=1") || n.stopping && !strings.Contains(text, "STOPPING=1") {
			t.Errorf("%+v", n)
		}
	})
}
