package network

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// deepest is the nesting of elements that is endured. An array or struct within another takes three or four.
const deepest = 1000

// shape is what has been seen of an XML-RPC answer.
type shape struct {
	depth         int
	roots         int
	params, fault int
}

// readAnswer makes sure that body is one complete methodResponse with either params or a fault, and tells which. It
// does not look at the value, which may be of any type: decoding it would recurse as deeply as the server likes.
func readAnswer(ctx context.Context, body []byte) (fault bool, err error) {
	if err := light(body); err != nil {
		return false, err
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	decoder.CharsetReader = singleBytes
	var seen shape
	for ctx.Err() == nil {
		token, err := decoder.Token()
		if err == io.EOF {
			return seen.fault == 1, seen.complete()
		}
		if err != nil {
			return false, malformed(err)
		}
		if err := seen.add(token); err != nil {
			return false, err
		}
	}
	return false, ctx.Err()
}

func (s *shape) add(token xml.Token) error {
	switch t := token.(type) {
	case xml.StartElement:
		s.depth++
		return s.open(t.Name.Local)
	case xml.EndElement:
		s.depth--
	case xml.CharData:
		if s.depth == 0 && len(bytes.TrimSpace(bytes.TrimPrefix(t, []byte("\ufeff")))) > 0 {
			return errors.New("the answer has text outside of its XML document")
		}
	}
	return nil
}

func (s *shape) open(name string) error {
	switch {
	case s.depth > deepest:
		return errors.New("the answer is nested too deeply")
	case s.depth == 1 && name == "methodResponse":
		s.roots++
	case s.depth == 1:
		return errors.New("the answer is not a methodResponse")
	case s.depth == 2 && name == "params":
		s.params++
	case s.depth == 2 && name == "fault":
		s.fault++
	}
	return nil
}

func (s *shape) complete() error {
	switch {
	case s.roots == 0:
		return errors.New("the answer is empty")
	case s.roots > 1 || s.params+s.fault != 1:
		return errors.New("the answer is not one methodResponse with either params or a fault")
	}
	return nil
}

// malformed quotes nothing of the answer, which may be long and may echo what was sent.
func malformed(err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) {
		return fmt.Errorf("the answer is not well-formed XML in its line %d", syntax.Line)
	}
	return errors.New("the answer is not well-formed XML")
}

// singleBytes reads any encoding that has ASCII in its lower half as if it were Latin-1: good enough to find the
// elements, which is all that is wanted.
func singleBytes(_ string, input io.Reader) (io.Reader, error) {
	return &latin1{from: input}, nil
}

type latin1 struct {
	from io.Reader
	raw  [512]byte
	room [1024]byte // for the same bytes as UTF-8
	rest []byte     // what of it was not handed on yet
}

// Read implements io.Reader.
func (l *latin1) Read(p []byte) (int, error) {
	if len(l.rest) == 0 {
		n, err := l.from.Read(l.raw[:])
		if n == 0 {
			return 0, err
		}
		l.rest = l.room[:0]
		for _, c := range l.raw[:n] {
			l.rest = utf8.AppendRune(l.rest, rune(c))
		}
	}
	n := copy(p, l.rest)
	l.rest = l.rest[n:]
	return n, nil
}
