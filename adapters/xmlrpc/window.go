package xmlrpc

import (
	"bytes"
	"io"
)

// windowSize is more than supervisord writes of one process, about 1.1 kB, so that a listing of any length is read
// with this much memory.
const windowSize = 32 << 10

// window is the part of a stream that is being read.
type window struct {
	from io.Reader
	room []byte
	text []byte // what was read and not taken yet; a part of room
	err  error  // why nothing more can be read; io.EOF at the end
}

func newWindow(from io.Reader, room *[windowSize]byte) *window {
	return &window{from: from, room: room[:]}
}

// through takes the text up to and with end; false if the stream ends before, or it does not fit. The text is good until
// the next call.
func (w *window) through(end string) ([]byte, bool) {
	for searched := 0; ; {
		if at := bytes.Index(w.text[searched:], []byte(end)); at >= 0 {
			cut := searched + at + len(end)
			taken := w.text[:cut]
			w.text = w.text[cut:]
			return taken, true
		}
		searched = max(0, len(w.text)-len(end)+1)
		if !w.more() {
			return nil, false
		}
	}
}

// more reads once more.
func (w *window) more() bool {
	if w.err != nil || len(w.text) == len(w.room) {
		return false
	}
	kept := copy(w.room, w.text)
	n, err := w.from.Read(w.room[kept:])
	w.text, w.err = w.room[:kept+n], err
	return n > 0 || err == nil
}

// last takes the rest, at the end of the stream.
func (w *window) last() ([]byte, bool) {
	for w.more() {
	}
	return w.text, w.err == io.EOF
}
