package supervisord

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"supervisor-healthcheck/domain"
)

// connection serves one client.
type connection struct {
	net.Conn
	server *Server
	in     *bufio.Reader
	busy   bool // under server.mu: an answer is under way
	last   bool // under server.mu: it is the last one
}

func (s *Server) welcome(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone() {
		_ = conn.Close()
		return
	}
	c := &connection{Conn: conn, server: s, in: bufio.NewReader(conn)}
	s.conns[c] = true
	s.tasks.Go(c.serve)
}

func (c *connection) serve() {
	defer c.leave()
	for {
		q, err := readRequest(c.in)
		if err != nil || !c.begin() || !c.respond(q) || !c.finish() {
			return
		}
	}
}

func (c *connection) leave() {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	delete(c.server.conns, c)
	_ = c.Close()
}

// begin waits as long as the server is frozen.
func (c *connection) begin() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.busy = true
	ctx, stop := c.watch()
	defer stop()
	return c.server.thawed(ctx) == nil && !c.server.gone()
}

func (c *connection) finish() bool {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	c.busy = false
	return !c.last
}

func (s *Server) thawed(ctx context.Context) error {
	return s.until(ctx, func() bool { return !s.frozen })
}

// respond answers one request, and reports whether the connection can serve another.
func (c *connection) respond(q request) bool {
	if refused := c.server.refusal(q); refused != nil {
		return c.deliver(q, refused)
	}
	length, err := strconv.Atoi(q.value("Content-Length"))
	if err != nil {
		return errorPage(http.StatusInternalServerError).send(c, q)
	}
	if length <= 0 {
		_, _ = io.Copy(io.Discard, c.in) // medusa waits for more, for ever
		return false
	}
	body := make([]byte, length)
	if _, err := io.ReadFull(c.in, body); err != nil {
		return false
	}
	method, args, err := decode(body)
	if errors.Is(err, errNotText) {
		return false
	}
	if err != nil {
		return errorPage(http.StatusBadRequest).send(c, q)
	}
	answer := c.answer(method, args)
	return answer != nil && c.deliver(q, answer)
}

// deliver sends the answer. After a 401 it leaves the connection open, whatever the answer says, and ignores all that
// follows, as medusa does.
func (c *connection) deliver(q request, r *reply) bool {
	more := r.send(c, q)
	if more && r.code == http.StatusUnauthorized {
		_, _ = io.Copy(io.Discard, c.in)
		return false
	}
	return more
}

// answer carries a call out, or does what a rule wants instead. It is nil when there is none to send.
func (c *connection) answer(method string, args []any) *reply {
	ctx, stop := c.watch()
	defer stop()
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	s.note(method, args)
	rule := s.match(method, args, func(*Rule) bool { return true })
	if rule == nil {
		rule = &Rule{}
	}
	if !rule.DoIt && s.pause(ctx, rule.Delay) != nil {
		return nil
	}
	var r *reply
	if rule.DoIt || !rule.spoils() {
		if r = s.carryOut(ctx, method, args); r == nil {
			return nil
		}
	}
	if rule.DoIt && s.pause(ctx, rule.Delay) != nil {
		return nil
	}
	return rule.spoil(r)
}

// pause sleeps until a Release, at the latest, and then waits as long as the server is frozen. The lock is given up meanwhile.
func (s *Server) pause(ctx context.Context, d time.Duration) error {
	if d > 0 {
		until, cancel := context.WithTimeout(ctx, d)
		defer cancel()
		released := s.released
		_ = s.until(until, func() bool { return s.released > released }) // ctx itself is looked at below
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return s.thawed(ctx)
}

// carryOut makes the call and waits for its answer; nil if the client has not the patience. An answer that had to be
// waited for announces its length in characters instead of bytes, as a real supervisord does.
func (s *Server) carryOut(ctx context.Context, method string, args []any) *reply {
	answer, err := s.invoke(method, args)
	later, late := answer.(deferred)
	if late {
		if s.until(ctx, func() (done bool) { answer, done, err = later(); return done }) != nil {
			return nil
		}
	}
	if errors.Is(err, errInternal) {
		return errorPage(http.StatusInternalServerError)
	}
	refused, _ := err.(*domain.Fault)
	r := rpcAnswer(encode(answer, refused))
	if late {
		r.length = utf8.RuneCountInString(r.body)
	}
	return r
}

func rpcAnswer(body string) *reply {
	return &reply{code: http.StatusOK, header: []string{"Content-Type: text/xml"}, body: body, length: len(body)}
}

// spoil turns the answer r into what the rule wants to be sent.
func (rule *Rule) spoil(r *reply) *reply {
	switch {
	case rule.Cut:
		return nil
	case rule.Status != 0:
		r = errorPage(rule.Status)
	case rule.Body != "":
		r = rpcAnswer(rule.Body)
	case rule.Fault != 0:
		r = rpcAnswer(encode(nil, rule.fault()))
	}
	r.cut = rule.CutAfter
	return r
}

// watch returns a context that is done when the client hangs up or the server ends. Nothing else may read from the
// connection until stop has returned.
func (c *connection) watch() (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(c.server.life)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if _, err := c.in.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			cancel()
		}
	}()
	return ctx, func() {
		_ = c.SetReadDeadline(time.Unix(1, 0))
		<-ended
		_ = c.SetReadDeadline(time.Time{})
		cancel()
	}
}

// samePassword knows the "{SHA}" form of a configured password.
func samePassword(configured, given string) bool {
	if digest, ok := strings.CutPrefix(configured, "{SHA}"); ok {
		sum := sha1.Sum([]byte(given))
		return digest == hex.EncodeToString(sum[:])
	}
	return configured == given
}
