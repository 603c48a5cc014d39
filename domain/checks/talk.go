package checks

import (
	"fmt"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// longestQuote is how many characters of an answer a reason quotes.
const longestQuote = 80

// talk is a dialogue with whoever is at a place that is not known yet.
type talk struct {
	dialogue domain.Dialogue
	hide     domain.Secrets // of what is sent
}

func newTalk(d domain.Dialogue) talk { return talk{dialogue: d, hide: d.Secrets()} }

func (t talk) at(network, address string) domain.Dialogue {
	d := t.dialogue
	d.Network, d.Address = network, address
	return d
}

// judge adds to what went wrong in the dialogue what was expected and what was seen.
func (t talk) judge(heard domain.Heard, err error) error {
	if err == nil || t.dialogue.Expect == "" || !heard.Connected {
		return err
	}
	seen := "nothing"
	if heard.Text != "" {
		seen = quoted(heard.Text, t.hide)
	}
	return &domain.BadAnswer{Err: fmt.Errorf("%w: expected %s, seen %s", err, quoted(t.dialogue.Expect), seen), Beginning: heard.Text}
}

// success is what is seen where all is well; without an expectation it is as given.
func (t talk) success(otherwise string) string {
	if t.dialogue.Expect == "" {
		return otherwise
	}
	return "answered with " + quoted(t.dialogue.Expect)
}

// quoted is a text of somebody else in quotes, as Go writes it, without the secrets and not too long.
func quoted(text string, hide ...domain.Secrets) string {
	const enough = 1 << 10 // secrets are hidden before it is cut
	written := strconv.Quote(text[:min(len(text), enough)])
	return `"` + cut(written[1:len(written)-1], hide) + `"`
}

// cut hides the secrets in a text, and what it is too long for.
func cut(text string, hide []domain.Secrets) string {
	for _, secrets := range hide {
		text = secrets.Line(text, len(text)+1)
	}
	return domain.Secrets{}.Line(text, longestQuote)
}

// escaped are texts with the escapes of Go's strings. Quotes around them keep blanks at their ends.
func escaped() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if !strings.HasPrefix(text, `"`) || len(text) < 2 {
			text = `"` + withoutQuotes(text) + `"`
		}
		said, err := strconv.Unquote(text)
		if err != nil {
			return "", `write a text with the escapes of Go, such as PING\r\n or "\x00 "; a backslash is written twice`
		}
		return said, ""
	}
	f.show = func(said string) string {
		written := strconv.Quote(said)
		if inner := written[1 : len(written)-1]; inner == strings.TrimSpace(inner) && !strings.HasPrefix(said, `"`) {
			return strings.ReplaceAll(inner, `\"`, `"`)
		}
		return written
	}
	return f
}

// withoutQuotes escapes quotes that are not.
func withoutQuotes(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			b.WriteString(text[i : i+2])
			i++
		case text[i] == '"':
			b.WriteString(`\"`)
		default:
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
