package terminal

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func written(all []Key) string {
	var words []string
	for _, k := range all {
		words = append(words, string(k))
	}
	return strings.Join(words, " ")
}

func TestKeys(t *testing.T) {
	for in, want := range map[string]string{
		"":                     "",
		"aG?/ü日":               "a G ? / ü 日",
		"\r\n\x7f\x08\x03\x1a": "enter enter backspace backspace ctrl-c ctrl-z",
		"\x0c\x15":             "ctrl-l ctrl-u",
		"\x1b[A\x1bOB\x1b[5~\x1b[6~\x1b[H\x1b[4~\x1b[C\x1b[D": "up down page up page down home end right left",
		"\x1b":                "escape",
		"\x1bq":               "escape q",
		"\x1b\x1b":            "escape escape",
		"\x1b[24~x":           "x", // F12 is none of ours
		"\x1b[1;5Ax":          "x",
		"\x1b[200~a\x1b[201~": "a", // pasted
		"\x1b[":               "",
		"\x00\x01\xffa\xc3":   "a",
	} {
		if got, rest := keys([]byte(in), true); written(got) != want || len(rest) > 0 {
			t.Errorf("%q: %q and %q", in, written(got), rest)
		}
	}
}

// The bytes of a key may come one after the other.
func TestKeysInPieces(t *testing.T) {
	const in = "a\x1b[Aü\x1b[6~\x1bOBq"
	var all []Key
	var rest []byte
	for i := range len(in) {
		var more []Key
		more, rest = keys(append(rest, in[i]), false)
		all = append(all, more...)
	}
	if got := written(all); got != "a up ü page down down q" || len(rest) > 0 {
		t.Errorf("%q and %q", got, rest)
	}
}

func FuzzKeys(f *testing.F) {
	for _, seed := range []string{"a\x1b[Aü", "\x1b", "\x1b[1;5", "\xc3", "\x1b[99999999999999999999~"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		some, rest := keys(in, false)
		if len(rest) > longestSequence {
			t.Errorf("%q is waited for", rest)
		}
		last, none := keys(rest, true)
		if len(none) > 0 {
			t.Errorf("%q is left", none)
		}
		for _, k := range append(some, last...) {
			if r, size := utf8.DecodeRuneInString(string(k)); size == len(k) && (r == utf8.RuneError || !unicode.IsPrint(r)) {
				t.Errorf("%q is a key", k)
			}
		}
	})
}
