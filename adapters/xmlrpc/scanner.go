package xmlrpc

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/adapters/wire"
)

// scanner walks through an answer.
type scanner struct {
	rest []byte
	seen uint // the members of the present struct that were read, as bits
}

func (s *scanner) exactly(what string) bool {
	if len(s.rest) < len(what) || string(s.rest[:len(what)]) != what {
		return false
	}
	s.rest = s.rest[len(what):]
	return true
}

func (s *scanner) blanks() {
	for len(s.rest) > 0 && (s.rest[0] == '\n' || s.rest[0] == ' ') {
		s.rest = s.rest[1:]
	}
}

// tag passes over blanks and one tag.
func (s *scanner) tag(what string) bool {
	s.blanks()
	return s.exactly(what)
}

func (s *scanner) tags(all ...string) bool {
	for _, what := range all {
		if !s.tag(what) {
			return false
		}
	}
	return true
}

// opening passes over all that stands before the value of an answer, and closing over all that stands behind it.
func (s *scanner) opening() bool {
	return s.exactly("<?xml version='1.0'?>") && s.tags("<methodResponse>", "<params>", "<param>", "<value>")
}

func (s *scanner) closing() bool {
	ok := s.tags("</value>", "</param>", "</params>", "</methodResponse>")
	s.blanks()
	return ok && len(s.rest) == 0
}

func (s *scanner) once(member uint) bool {
	fresh := s.seen&member == 0
	s.seen |= member
	return fresh
}

// content takes the text before the next tag. It is plain if it stands for itself; otherwise unescape has to look at
// it. Carriage returns, which XML changes, and characters that XML forbids are not ok.
func (s *scanner) content() (raw []byte, plain, ok bool) {
	plain = true
	for i, b := range s.rest {
		switch {
		case b == '<':
			raw, s.rest = s.rest[:i], s.rest[i:]
			return raw, plain, true
		case b == '>' || b < ' ' && b != '\n' && b != '\t':
			return nil, false, false
		case b == '&' || b >= utf8.RuneSelf:
			plain = false
		}
	}
	return nil, false, false
}

// unescape resolves the entities of a text and checks its characters as XML wants them.
func unescape(raw []byte) (string, bool) {
	if !utf8.Valid(raw) || bytes.Contains(raw, []byte("\uFFFE")) || bytes.Contains(raw, []byte("\uFFFF")) {
		return "", false
	}
	var out strings.Builder
	for {
		text, after, more := bytes.Cut(raw, []byte("&"))
		out.Write(text)
		if !more {
			return out.String(), true
		}
		name, rest, closed := bytes.Cut(after, []byte(";"))
		char, ok := wire.Entity(string(name))
		if !closed || !ok || char < ' ' || !utf8.ValidRune(char) || char == 0xFFFE || char == 0xFFFF {
			return "", false
		}
		out.WriteRune(char)
		raw = rest
	}
}
