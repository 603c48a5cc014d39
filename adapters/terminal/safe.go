package terminal

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Safe is a text that only shows: what would do something to a terminal is written as in Go strings, such as \x1b. Names and reasons
// are what others have said.
func Safe(text string) string {
	if !strings.ContainsFunc(text, unsafe) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case !unsafe(r):
			b.WriteString(text[:size])
		case r == utf8.RuneError && size == 1:
			b.WriteString(`\x` + strconv.FormatUint(uint64(text[0]), 16))
		default:
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		text = text[size:]
	}
	return b.String()
}

func unsafe(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError }
