package checks

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// longestExcerpt is how much of a bad answer is shown, in letters.
const longestExcerpt = 200

// echoes are the longer words of what was sent, besides the credentials: services that fail take it apart and print the parts.
func echoes(target string, header map[string][]string, body string) domain.Secrets {
	_, asked, _ := strings.Cut(target, "?")
	decoded, _ := url.QueryUnescape(asked)
	sent := []string{asked, decoded, body}
	for _, values := range header {
		sent = append(sent, values...)
	}
	return domain.NewSecrets(words(sent)...)
}

// words are those of eight letters and more.
func words(texts []string) (long []string) {
	for _, text := range texts {
		for _, word := range strings.FieldsFunc(text, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.~+/", r)
		}) {
			if len(word) >= 8 {
				long = append(long, word)
			}
		}
	}
	return long
}

// excerpt is the beginning of the answer that an error is about, as one line of printable characters without the secrets of the
// request: services that fail like to print what they were sent.
func excerpt(err error, hide, echoes domain.Secrets) string {
	bad, ok := errors.AsType[*domain.BadAnswer](err)
	if !ok {
		return ""
	}
	text := printable(strings.Join(strings.Fields(bad.Beginning), " "))
	for _, secrets := range []domain.Secrets{hide, echoes} {
		text = secrets.Line(text, len(text)+1)
	}
	if letters := []rune(text); len(letters) > longestExcerpt {
		text = string(letters[:longestExcerpt]) + "..."
	}
	return text
}

// printable writes what is not as Go does in strings.
func printable(text string) string {
	if !strings.ContainsFunc(text, func(r rune) bool { return r == utf8.RuneError || !strconv.IsPrint(r) }) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch letter := text[i : i+size]; {
		case strconv.IsPrint(r) && !(r == utf8.RuneError && size == 1):
			b.WriteString(letter)
		default:
			quoted := strconv.Quote(letter)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return b.String()
}
