// Package wire is how this program talks to others: it dials TCP and unix sockets, with TLS where that is wanted, makes one
// exchange of HTTP/1.1 on each connection, bounds what is read, and puts what goes wrong into words. It is the only
// adapter that other adapters may import, besides the English of adapters/words.
//
// It writes requests itself instead of through an http.Client: every connection is used once, and the client's two
// goroutines for each connection make an exchange dearer by a third or more (see the benchmarks of adapters/network). It
// reads answers itself too: net/http refuses a whole answer for one line of its header, and curl and Python's http.client do not.
package wire

import (
	"bufio"
	"context"
	"io"
	"net"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// Wire makes connections and exchanges. It holds no connection between them, though sessions of TLS, and may be used by several
// goroutines at once.
//
// Its errors are *Failure: short, meant for the operator, and without anything that was received or sent.
type Wire struct {
	dialer  net.Dialer
	readers sync.Pool // of *bufio.Reader

	agreements agreements
}

// New returns a Wire. Dialling is the most time that a connection may take to come about, besides what the context
// allows; 0 for no such bound.
func New(dialling time.Duration) *Wire {
	return &Wire{
		dialer:  net.Dialer{Timeout: dialling, KeepAlive: -1}, // a connection ends before a keep-alive packet would be sent
		readers: sync.Pool{New: func() any { return bufio.NewReader(nil) }},
	}
}

// Place is where somebody listens.
type Place struct {
	Network  string      // "tcp" or "unix"
	Address  string      // host:port, or the path of the socket
	TLS      *domain.TLS // nil for a connection without
	Protocol string      // what is to be spoken over TLS, as ALPN has it, such as h2; empty: nothing is said of it
}

// Dial connects. Ctx bounds what is read and written, too. The caller closes the connection.
func (w *Wire) Dial(ctx context.Context, to Place) (io.ReadWriteCloser, error) {
	start := time.Now()
	conn, at, err := w.dial(ctx, to)
	if err != nil {
		return nil, w.explain(ctx, start, at, err)
	}
	return conn, nil
}

func (w *Wire) dial(ctx context.Context, to Place) (link, stage, error) {
	if to.Network == "tcp" && to.TLS == nil && w.dialer.Timeout == 0 {
		if conn, done, err := toLoopback(ctx, to.Address); done {
			return conn, connecting, err
		}
	}
	conn, err := w.dialer.DialContext(ctx, to.Network, to.Address)
	if err != nil {
		return nil, connecting, err
	}
	plain := bind(ctx, conn)
	if to.TLS == nil {
		return plain, connecting, nil
	}
	secured, err := w.secure(plain, to)
	if err != nil {
		plain.Close()
		return nil, securing, err
	}
	return secured, securing, nil
}

// link is a connection that ends when a context is done.
type link interface {
	io.ReadWriteCloser
	SetReadDeadline(time.Time) error
}

// bound is a connection that a context bounds.
type bound struct {
	net.Conn
	stop func() bool
}

// bind sets a deadline in the past when ctx is done: it ends what conn is doing and whatever it would do next.
func bind(ctx context.Context, conn net.Conn) bound {
	return bound{conn, context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })}
}

// Close closes the connection.
func (b bound) Close() error {
	b.stop()
	return b.Conn.Close()
}
