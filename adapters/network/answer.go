package network

import (
	"bytes"
	"errors"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// longestFault is how many bytes of the text of a fault are kept: it ends up in a line of the log.
const longestFault = 4 << 10

// shape is what has been seen of an XML-RPC answer: whether it is one methodResponse with either params or a fault, and what
// the fault says. The value of params may be of any type, and is not looked at.
type shape struct {
	roots, params, faults int
	path                  [7]string // the known names of the elements that are open, from the root on
	content               []byte    // of the name or value in a fault that was opened last
	scalar                string    // the type of the value, empty if it has none
	name                  string
	code, words           string // of the fault
}

func (s *shape) opened(depth int, name []byte) error {
	if _, local, ok := bytes.Cut(name, []byte(":")); ok && len(local) > 0 {
		name = local
	}
	if depth <= len(s.path) {
		s.path[depth-1] = known(name)
	}
	switch {
	case depth == 1 && string(name) == "methodResponse":
		s.roots++
	case depth == 1:
		return errors.New("the answer is not a methodResponse")
	case depth == 2 && string(name) == "params":
		s.params++
	case depth == 2 && string(name) == "fault":
		s.faults++
	case depth == 6 && s.inMember():
		s.content, s.scalar = s.content[:0], ""
	case depth == 7 && s.inMember():
		s.content, s.scalar = s.content[:0], s.path[6]
	}
	return nil
}

// known names are kept without making any memory.
func known(name []byte) string {
	for _, word := range []string{"fault", "value", "struct", "member", "name", "int", "i4", "i8", "string"} {
		if string(name) == word {
			return word
		}
	}
	return "other"
}

// inMember reports whether what is open lies in a member of the struct that is the value of a fault.
func (s *shape) inMember() bool {
	return s.path[1] == "fault" && s.path[2] == "value" && s.path[3] == "struct" && s.path[4] == "member"
}

func (s *shape) text(depth int, char rune) error {
	switch {
	case depth == 0 && char != ' ' && char != '\n' && char != '\t' && char != '\r' && char != '\ufeff':
		return errors.New("the answer has text outside of its XML document")
	case depth != 6 && depth != 7 || !s.inMember() || depth == 6 && s.scalar != "":
	case len(s.content) <= longestFault:
		s.content = append(s.content, string(char)...)
	}
	return nil
}

func (s *shape) closed(depth int) {
	if depth != 6 || !s.inMember() {
		return
	}
	switch said := string(s.content); {
	case s.path[5] == "name":
		s.name = said
	case s.path[5] != "value":
	case s.name == "faultCode" && strings.HasPrefix(s.scalar, "i"):
		s.code = said
	case s.name == "faultString" && (s.scalar == "" || s.scalar == "string"):
		s.words = said
	}
}

// fault is nil for an answer without one. It is an error that no answer came.
func (s *shape) fault() error {
	switch {
	case s.roots == 0:
		return errors.New("the answer is empty")
	case s.roots > 1 || s.params+s.faults != 1:
		return errors.New("the answer is not one methodResponse with either params or a fault")
	case s.faults == 0:
		return nil
	}
	code, err := strconv.Atoi(strings.TrimSpace(s.code))
	if err != nil {
		return &domain.Fault{Text: "its code and text cannot be read"}
	}
	text := s.words
	if len(text) > longestFault {
		text = strings.ToValidUTF8(text[:longestFault], "") + "..."
	}
	return &domain.Fault{Code: code, Text: text}
}
