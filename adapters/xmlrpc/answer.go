package xmlrpc

import (
	"bytes"
	"errors"

	kolo "github.com/kolo/xmlrpc"

	"supervisor-healthcheck/domain"
)

// deepest is more than supervisord's answers nest; a list within a listing has 13 elements above its values.
const deepest = 64

// decode reads the answer of the method into out, which must be fresh and must not contain an any: kolo leaves
// missing members alone and follows any nesting into an any until the stack ends the program.
func decode(method string, answer []byte, out any) error {
	if why := flaw(answer); why != "" {
		return unreadable("%s", why)
	}
	response := kolo.Response(answer)
	if err := response.Err(); err != nil {
		var fault kolo.FaultError
		if errors.As(err, &fault) {
			return faulty(method, &domain.Fault{Code: fault.Code, Text: fault.String})
		}
		return unreadable("%s", clip(err))
	}
	if err := response.Unmarshal(out); err != nil {
		return unreadable("%s", clip(err))
	}
	return nil
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
