// Package xmlrpc speaks supervisord's XML-RPC API, over a unix socket or TCP.
//
// It uses the codec of kolo/xmlrpc but not its client, which hangs after an answer that it cannot read, has no
// timeout and hides the fault codes. Each call has a connection of its own, see package wire. Keeping one was measured to
// save supervisord 15 µs a call; it would have to be given up whenever supervisord has spoilt it (after a 401 it stays
// open and deaf; a length may be announced in characters).
package xmlrpc

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var (
	_ ports.ProcessTable       = (*Client)(nil)
	_ ports.ProcessControl     = (*Client)(nil)
	_ ports.SupervisorIdentity = (*Client)(nil)
)

const (
	patience      = 10 * time.Second // of one call as a whole
	listingFactor = 6                // a listing may take so many times as long: of 2000 processes it was measured at 3.3 s, and that grows with the square
	listingMax    = 32 << 20         // bytes of a listing; supervisord sends 1.1 kB per process, 2.5 kB with its settings
	smallMax      = 4 << 20          // of any other answer
	keptBuffer    = 4 << 20          // a larger buffer is not kept for the next answer
)

// Config says where supervisord listens and who asks.
type Config struct {
	URL      string // as in SUPERVISOR_SERVER_URL: "unix:///path", not percent-encoded, or "http://host:port"
	Username string // of basic authentication; if both are empty, those in the URL are used
	Password string
}

// Client calls one supervisord. Its methods may be called by several goroutines at once.
type Client struct {
	wire    *wire.Wire
	hide    domain.Secrets
	server  *domain.XMLRPCRequest // all of a call but its method; a pointer, so that a log of the Client shows no password
	timeout time.Duration
	max     int64      // bytes of a listing
	buffers sync.Pool  // of *bytes.Buffer
	windows sync.Pool  // of *[windowSize]byte
	known   remembered // of the last listing
}

// New makes a client without connecting. An error is a *domain.SettingError about the URL.
func New(config Config) (*Client, error) {
	server, err := parse(config.URL)
	if err != nil {
		return nil, err
	}
	if config.Username != "" || config.Password != "" {
		server.Username, server.Password = config.Username, config.Password
	}
	c := &Client{wire: wire.New(patience), hide: server.Secrets(), server: &server, timeout: patience, max: listingMax}
	c.buffers.New = func() any { return new(bytes.Buffer) }
	c.windows.New = func() any { return new([windowSize]byte) }
	return c, nil
}

// method is one of supervisord's methods.
type method struct {
	name string
	max  int64 // bytes of its answer
	slow bool  // it lists everything
}

func (c *Client) single(name string) method { return method{name: name, max: min(c.max, smallMax)} }

func (c *Client) listing(name string) method { return method{name: name, max: c.max, slow: true} }

// call has the answer read by use, which must not keep the bytes.
func (c *Client) call(ctx context.Context, m method, use func(answer []byte) error, args ...any) error {
	answer := c.buffers.Get().(*bytes.Buffer)
	defer c.release(answer)
	err := c.exchange(ctx, m, args, func(a wire.Answer) error { return a.ReadInto(answer) })
	if err != nil {
		return err
	}
	return c.about(m.name, use(answer.Bytes()))
}

// stream has the answer read by use as it comes.
func (c *Client) stream(ctx context.Context, m method, use func(answer io.Reader) error) error {
	return c.exchange(ctx, m, nil, func(a wire.Answer) error { return use(a.Body()) })
}

// listed has an answer that lists everything scanned as it comes, in the given room. If it is not of the usual shape, it
// asks again and has the whole read.
func listed[T any](ctx context.Context, c *Client, name string, scan func(answer io.Reader, room *[windowSize]byte) (T, bool, error),
	whole func(method string, answer []byte) (T, error)) (T, error) {
	room := c.windows.Get().(*[windowSize]byte)
	defer c.windows.Put(room)
	var found, none T
	usual := false
	err := c.stream(ctx, c.listing(name), func(answer io.Reader) (err error) {
		found, usual, err = scan(answer, room)
		return err
	})
	if err == nil && !usual {
		err = c.call(ctx, c.listing(name), func(answer []byte) (err error) {
			found, err = whole(name, answer)
			return err
		})
	}
	if err != nil {
		return none, err
	}
	return found, nil
}

func (c *Client) release(b *bytes.Buffer) {
	if b.Cap() <= keptBuffer {
		b.Reset()
		c.buffers.Put(b)
	}
}
