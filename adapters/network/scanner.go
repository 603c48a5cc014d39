package network

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/adapters/wire"
)

const (
	deepest     = 1000 // elements within each other. An array or struct within another takes three or four
	longestName = 128  // bytes of a name that are kept, and of an instruction
	mostUseless = 100  // attributes, comments and instructions. XML-RPC has none; some servers write a few
)

// scanner finds out whether what it is fed is well-formed XML, piece by piece: it keeps nothing of it but the beginning of
// a name and a hash of the name of each element that is open. So no answer costs more memory than another, and how long a
// piece takes depends on its length alone. It looks for what makes an answer another one: elements that do not fit,
// characters and entities that do not exist. It does not look at how attributes are written.
type scanner struct {
	tell    listener
	state   state
	back    state    // after an entity
	quote   byte     // that ends the value of an attribute
	ends    int      // how much of the end of a comment, an instruction or CDATA was seen
	name    []byte   // of the tag, the entity or the instruction that is being read
	hash    uint64   // of all of it
	open    []uint64 // of the elements that are open
	letter  [utf8.UTFMax]byte
	partial int // bytes of a character that has not come whole yet
	line    int
	useless int  // attributes, comments and instructions
	latin1  bool // each byte is a character: good enough to find the elements
}

// listener is told what is found.
type listener interface {
	opened(depth int, name []byte) error
	closed(depth int)
	text(depth int, char rune) error // blanks outside of all elements too
}

type state uint8

const (
	inText state = iota
	inMarkup
	inBang
	inComment
	inCDATA
	inInstruction
	inName
	inTag
	inSlash
	inQuotes
	inEntity
	inEnd
	inTail // of an end tag
)

func newScanner(tell listener) *scanner {
	return &scanner{tell: tell, line: 1, name: make([]byte, 0, longestName), open: make([]uint64, 0, 16)}
}

// feed takes the next piece.
func (s *scanner) feed(piece []byte) error {
	for _, b := range piece {
		if err := s.step(b); err != nil {
			return err
		}
		if b == '\n' {
			s.line++
		}
		if s.useless > mostUseless {
			return errors.New("the answer has more attributes or comments than XML-RPC has use for")
		}
	}
	return nil
}

// finish is told that nothing follows.
func (s *scanner) finish() error {
	if s.state != inText || len(s.open) > 0 || s.partial > 0 {
		return s.malformed()
	}
	return nil
}

// malformed quotes nothing of the answer, which may be long and may echo what was sent.
func (s *scanner) malformed() error {
	return fmt.Errorf("the answer is not well-formed XML in its line %d", s.line)
}

func (s *scanner) step(b byte) error {
	switch s.state {
	case inText:
		return s.textByte(b)
	case inMarkup:
		return s.markup(b)
	case inBang:
		return s.bang(b)
	case inComment:
		s.until("-->", b)
	case inCDATA:
		return s.cdata(b)
	case inInstruction:
		return s.instruction(b)
	case inName:
		return s.tagName(b)
	case inTag:
		return s.tag(b)
	case inSlash:
		return s.slash(b)
	case inQuotes:
		return s.quoted(b)
	case inEntity:
		return s.entity(b)
	case inEnd, inTail:
		return s.endTag(b)
	}
	return nil
}

func (s *scanner) textByte(b byte) error {
	switch {
	case s.partial == 0 && b == '<':
		s.state = inMarkup
		return nil
	case s.partial == 0 && b == '&':
		s.collect(inEntity)
		s.back = inText
		return nil
	}
	return s.char(b)
}

// char takes a byte of a text.
func (s *scanner) char(b byte) error {
	if s.partial == 0 && (b < utf8.RuneSelf || s.latin1) {
		return s.rune(rune(b))
	}
	s.letter[s.partial] = b
	s.partial++
	so := s.letter[:s.partial]
	if !utf8.FullRune(so) {
		return nil
	}
	s.partial = 0
	r, size := utf8.DecodeRune(so)
	if size != len(so) || r == utf8.RuneError && size == 1 {
		return s.malformed()
	}
	return s.rune(r)
}

func (s *scanner) rune(r rune) error {
	if !isChar(r) {
		return s.malformed()
	}
	if s.state == inQuotes || s.state == inEntity && s.back == inQuotes {
		return nil
	}
	return s.tell.text(len(s.open), r)
}

// isChar is what XML has as characters.
func isChar(r rune) bool {
	return r >= ' ' && r != 0xFFFE && r != 0xFFFF && utf8.ValidRune(r) || r == '\t' || r == '\n' || r == '\r'
}

func (s *scanner) collect(in state) {
	s.state, s.name, s.ends = in, s.name[:0], 0
	s.hash = 14695981039346656037 // FNV-1a
}

func (s *scanner) add(b byte) {
	s.hash = (s.hash ^ uint64(b)) * 1099511628211
	if len(s.name) < longestName {
		s.name = append(s.name, b)
	}
}

func (s *scanner) markup(b byte) error {
	switch {
	case b == '!':
		s.collect(inBang)
	case b == '?':
		s.collect(inInstruction)
		s.useless++
	case b == '/':
		s.collect(inEnd)
	case blank(b) || b == '>' || b == '<' || b == '=' || b == '"' || b == '\'' || b == '&':
		return s.malformed()
	default:
		s.collect(inName)
		s.add(b)
	}
	return nil
}

func blank(b byte) bool { return b == ' ' || b == '\n' || b == '\t' || b == '\r' }

func (s *scanner) bang(b byte) error {
	s.add(b)
	switch got := string(s.name); {
	case got == "--":
		s.collect(inComment)
		s.useless++
	case got == "[CDATA[":
		s.collect(inCDATA)
	case !strings.HasPrefix("--", got) && !strings.HasPrefix("[CDATA[", got):
		return errors.New("the answer has a document type, which XML-RPC does not know")
	}
	return nil
}

// until reports whether an end of two or three bytes is complete, and goes back to text then.
func (s *scanner) until(end string, b byte) bool {
	switch {
	case b == end[s.ends]:
		s.ends++
	case len(end) == 3 && s.ends == 2 && b == end[0]: // a third "]" or "-" before the ">"
	case b == end[0]:
		s.ends = 1
	default:
		s.ends = 0
	}
	if s.ends < len(end) {
		return false
	}
	s.state = inText
	return true
}

func (s *scanner) cdata(b byte) error {
	switch {
	case s.partial > 0:
		return s.char(b)
	case s.ends == 2 && b == '>':
		s.state = inText
		return nil
	case s.ends < 2 && b == ']':
		s.ends++
		return nil
	case b == ']': // the first of three is text
		return s.char(b)
	}
	for ; s.ends > 0; s.ends-- {
		if err := s.char(']'); err != nil {
			return err
		}
	}
	return s.char(b)
}

func (s *scanner) instruction(b byte) error {
	s.add(b)
	if !s.until("?>", b) {
		return nil
	}
	target, rest, _ := bytes.Cut(s.name, []byte(" "))
	if string(target) != "xml" {
		return nil
	}
	if version := parameter(rest, "version"); version != "" && version != "1.0" {
		return s.malformed()
	}
	encoding := parameter(rest, "encoding")
	s.latin1 = encoding != "" && !strings.EqualFold(encoding, "utf-8")
	return nil
}

// parameter finds the value in quotes of one of the words in the declaration of a document.
func parameter(declaration []byte, word string) string {
	_, after, found := bytes.Cut(declaration, []byte(word+"="))
	if !found || len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return ""
	}
	value, _, _ := bytes.Cut(after[1:], after[:1])
	return string(value)
}

func (s *scanner) tagName(b byte) error {
	switch {
	case blank(b):
		s.state = inTag
	case b == '>':
		s.state = inText
	case b == '/':
		s.state = inSlash
	case b == '<' || b == '=' || b == '"' || b == '\'' || b == '&':
		return s.malformed()
	default:
		s.add(b)
		return nil
	}
	if len(s.open) == deepest {
		return errors.New("the answer is nested too deeply")
	}
	s.open = append(s.open, s.hash)
	return s.tell.opened(len(s.open), s.name)
}

func (s *scanner) tag(b byte) error {
	switch b {
	case '>':
		s.state = inText
	case '/':
		s.state = inSlash
	case '"', '\'':
		s.state, s.quote = inQuotes, b
		s.useless++
	case '<':
		return s.malformed()
	}
	return nil
}

func (s *scanner) slash(b byte) error {
	if b != '>' {
		return s.malformed()
	}
	s.pop()
	return nil
}

func (s *scanner) pop() {
	s.state = inText
	s.tell.closed(len(s.open))
	s.open = s.open[:len(s.open)-1]
}

func (s *scanner) quoted(b byte) error {
	switch {
	case s.partial > 0:
	case b == s.quote:
		s.state = inTag
		return nil
	case b == '<':
		return s.malformed()
	case b == '&':
		s.collect(inEntity)
		s.back = inQuotes
		return nil
	}
	return s.char(b)
}

func (s *scanner) endTag(b byte) error {
	switch {
	case b == '>':
		if len(s.open) == 0 || s.open[len(s.open)-1] != s.hash {
			return s.malformed()
		}
		s.pop()
	case blank(b):
		s.state = inTail
	case s.state == inTail:
		return s.malformed()
	default:
		s.add(b)
	}
	return nil
}

func (s *scanner) entity(b byte) error {
	if b != ';' {
		if s.add(b); len(s.name) == longestName {
			return s.malformed()
		}
		return nil
	}
	r, known := wire.Entity(string(s.name))
	if !known {
		return s.malformed()
	}
	if !utf8.ValidRune(r) {
		r = utf8.RuneError // half a surrogate pair, which some write
	}
	err := s.rune(r)
	s.state = s.back
	return err
}
