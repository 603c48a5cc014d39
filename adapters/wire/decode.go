package wire

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/kolo/xmlrpc"

	"supervisor-healthcheck/domain"
)

const deepest = 64 // more than answers of supervisord nest: a list within a listing has 13 elements above its values

// LongestFault is how many characters of the text of a fault are worth a line of the log.
const LongestFault = 1 << 10

// Decode reads the value of an XML-RPC answer into out, which must be fresh and must not contain an any: kolo leaves
// missing members alone and follows any nesting into an any until the stack ends the program. A fault is a *domain.Fault
// whose text is one line: who knows the secrets of the call hides them, and only then cuts it. Answers that kolo would misread
// without a word are errors, see flaw.
func Decode(answer []byte, out any) error {
	if why := flaw(answer); why != "" {
		return errors.New(why)
	}
	response := xmlrpc.Response(answer)
	err := response.Err()
	if err == nil {
		err = response.Unmarshal(out)
	}
	var fault xmlrpc.FaultError
	switch {
	case errors.As(err, &fault):
		return &domain.Fault{Code: fault.Code, Text: short(fault.String)}
	case errors.Is(err, io.EOF): // which says something else to whoever reads events
		return errors.New("it has no value")
	}
	return err
}

// short makes one line of the text of a fault. Of a traceback, which is how supervisord tells what it met when it could not
// signal a process, the last line says what was wrong. It is not cut: who knows the secrets of the call hides them first.
func short(text string) string {
	before, trace, traced := strings.Cut(text, "Traceback (most recent call last):")
	lines := strings.FieldsFunc(trace, func(c rune) bool { return c == '\n' || c == '\r' })
	if text = before; traced && len(lines) > 0 {
		text += " " + lines[len(lines)-1]
	}
	return strings.Join(strings.Fields(text), " ")
}

// flaw finds what kolo would misread without a word, and what would cost it memory without bound. supervisord sends
// none of it: comments, CDATA and later instructions (the rest of a text is lost), values without content (the
// members that follow are lost), attributes, and deep nesting. It is empty if there is nothing of the kind.
func flaw(answer []byte) string {
	depth, hollow := 0, false // hollow: nothing but blanks since a <value>
	for rest := answer; ; {
		text, after, found := bytes.Cut(rest, []byte("<"))
		if !found {
			return ""
		}
		hollow = hollow && len(bytes.TrimSpace(text)) == 0
		tag, next, closed := bytes.Cut(after, []byte(">"))
		name := bytes.TrimSpace(bytes.Trim(tag, "/"))
		switch first := len(rest) == len(answer); {
		case !closed:
			return "it ends within a tag"
		case first && bytes.HasPrefix(tag, []byte("?xml")):
		case len(tag) == 0 || tag[0] == '!' || tag[0] == '?' || bytes.ContainsAny(tag, `"'=`):
			return "it has markup that is not XML-RPC"
		case tag[0] == '/':
			depth--
			if hollow {
				return "it has an empty value"
			}
		case tag[len(tag)-1] == '/':
			if string(name) == "value" {
				return "it has an empty value"
			}
			hollow = false
		default:
			if depth++; depth > deepest {
				return "it is nested too deeply"
			}
			hollow = string(name) == "value"
		}
		rest = next
	}
}
