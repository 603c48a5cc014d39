package stdin

import (
	"bufio"
	"io"
	"log/slog"
	"strings"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

const (
	longestHeader  = 64 << 10 // bytes; supervisord's own are about 120 and the identifier
	longestPayload = 64 << 10 // bytes that are kept in memory; the rest is read and dropped
)

// stream cuts what supervisord writes into events.
type stream struct {
	in   *bufio.Reader
	log  *slog.Logger
	lost bool // the last line was no header
	said bool // an order that cannot be read was said
	line []byte
	kept []byte
}

func newStream(in io.Reader, log *slog.Logger) *stream {
	return &stream{in: bufio.NewReader(in), log: log}
}

// next returns the next whole event. Its error is the reader's; an event that was cut short is not returned.
func (s *stream) next() (domain.Event, error) {
	h, err := s.header()
	if err != nil {
		return domain.Event{}, err
	}
	payload, whole, err := s.payload(h)
	if err != nil {
		return domain.Event{}, err
	}
	if whole || tells(h.event.Name) { // what a process says may be long, and only its beginning matters
		decode(&h.event, payload)
	}
	if h.event.Name == remoteEvent { // a long one is as wrong as any other that cannot be read
		s.order(&h.event, payload)
	}
	return h.event, nil
}

// order fills in what somebody wants of us. What cannot be read is said once: it may come again and again.
func (s *stream) order(e *domain.Event, payload string) {
	order, err := parseRemote(payload)
	e.Order = order
	if err != nil && !s.said {
		s.said = true
		s.log.Warn("an order came through supervisord that is none", "error", err)
	}
}

// header skips whatever is not a header, so that a wrong count of an earlier payload does no lasting harm.
func (s *stream) header() (header, error) {
	for {
		line, err := s.readLine()
		if err != nil {
			return header{}, err
		}
		h, ok := parseHeader(line)
		if (!ok || !strings.HasPrefix(line, "ver:")) && !s.lost {
			s.log.Warn("the event stream is out of step: skipping to the next header", "bytes", len(line)+1)
		}
		s.lost = !ok
		if ok {
			return h, nil
		}
	}
}

// readLine returns the next line without its end. Of a line that is too long it returns the last part: a header
// that follows a miscounted payload stands at the end of the line.
func (s *stream) readLine() (string, error) {
	s.line = s.line[:0]
	for {
		piece, err := s.in.ReadSlice('\n')
		s.line = append(s.line, piece...)
		if over := len(s.line) - longestHeader; over > 0 {
			s.line = append(s.line[:0], s.line[over:]...)
		}
		if err == nil {
			return string(s.line[:len(s.line)-1]), nil
		}
		if err != bufio.ErrBufferFull {
			return "", err
		}
	}
}

// payload reads the payload to its end and returns it, or false if it is of no use or too long to be kept.
//
// The length in the header is that of a Python string: code points, not bytes. supervisord writes them as valid
// UTF-8; a byte that is no part of it counts as one and becomes U+FFFD.
func (s *stream) payload(h header) (string, bool, error) {
	s.kept = s.kept[:0]
	whole := understood(h.event.Name)
	for range h.length {
		r, err := s.readRune()
		if err != nil {
			return "", false, err
		}
		if whole = whole && len(s.kept) < longestPayload; whole {
			s.kept = utf8.AppendRune(s.kept, r)
		}
	}
	return string(s.kept), whole, nil
}

// readRune reads one code point. At the end of the stream, a code point that was cut short is the end.
func (s *stream) readRune() (rune, error) {
	r, size, err := s.in.ReadRune()
	if err != nil || r != utf8.RuneError || size > 1 || s.in.UnreadRune() != nil {
		return r, err
	}
	if rest, _ := s.in.Peek(s.in.Buffered()); !utf8.FullRune(rest) {
		_, err := s.in.Peek(len(rest) + 1) // the error that ReadRune has met
		return r, err
	}
	_, err = s.in.Discard(1)
	return r, err
}
