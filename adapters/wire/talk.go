package wire

import (
	"bytes"
	"context"
	"io"
	"time"

	"supervisor-healthcheck/domain"
)

// Talk is what is said over a connection, in whatever protocol, and what is waited for.
type Talk struct {
	Place
	Send   string // empty: nothing
	Listen bool   // read until Expect has come, in one datagram if it is UDP; anything will do if Expect is empty
	Expect string
	Most   int // bytes that are read, of all datagrams together
}

// Talk dials, sends, and reads until what is expected has come. Where it does not, the error says why, and Heard what came: all of
// it, or the last datagram.
func (w *Wire) Talk(ctx context.Context, t Talk) (domain.Heard, error) {
	start := time.Now()
	conn, at, err := w.dial(ctx, t.Place)
	if err != nil {
		return domain.Heard{}, w.explain(ctx, start, at, err)
	}
	defer conn.Close() // what becomes of a connection that was made is no news about the service
	heard := domain.Heard{Connected: true}
	if t.TLS != nil {
		heard.Expires = expiry(conn)
	}
	if t.Send != "" {
		// Whoever has said enough may have closed the connection before all was sent.
		if _, err := conn.Write([]byte(t.Send)); err != nil && !(t.Listen && hungUp(err)) {
			return heard, w.explain(ctx, start, sending, err)
		}
	}
	if !t.Listen {
		return heard, nil
	}
	text, at, err := t.listen(conn)
	heard.Text = string(text)
	if err != nil {
		return heard, w.explain(ctx, start, at, err)
	}
	return heard, nil
}

func (t Talk) listen(conn io.Reader) (heard []byte, at stage, err error) {
	datagrams, expect := t.Network == "udp", []byte(t.Expect)
	piece := make([]byte, t.piece())
	for total := 0; total < t.Most; {
		n, err := conn.Read(piece)
		total += n
		searched := max(0, len(heard)-len(expect)) // the beginning was in vain
		if datagrams && err == nil {
			heard, searched = heard[:0], 0
		}
		heard = append(heard, piece[:n]...)
		switch {
		case (n > 0 || err == nil) && bytes.Contains(heard[searched:], expect):
			return heard, reading, nil
		case err == io.EOF && total == 0:
			return heard, waiting, err
		case err == io.EOF:
			return heard, reading, &Failure{text: "the connection was closed", cause: io.ErrUnexpectedEOF}
		case err != nil && total == 0:
			return heard, waiting, err
		case err != nil:
			return heard, reading, err
		}
	}
	return heard, reading, tooLong("the answer", int64(t.Most))
}

// piece is how much is read at a time: a datagram that is longer than that loses its end.
func (t Talk) piece() int {
	if t.Network == "udp" {
		return t.Most
	}
	return min(t.Most, 4<<10)
}
