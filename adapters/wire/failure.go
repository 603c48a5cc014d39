package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// stage is how far an exchange has come.
type stage string

const (
	connecting stage = "connecting"
	securing   stage = "agreeing on TLS"
	sending    stage = "sending the request"
	waiting    stage = "waiting for the answer"
	reading    stage = "reading the answer"
	taken      stage = "taking the answer" // what went wrong is no matter of the connection
)

// Failure is how a connection or an exchange went wrong, in words for the operator. For errors.Is it is the error of the
// context if that was done, the syscall.Errno if an operating system refused, and domain.ErrProber if it was ours. Its
// text quotes nothing of what was received: a server may echo credentials.
type Failure struct {
	text  string
	cause error
	sent  bool
	said  string
	ours  bool // it is no news of who is at the other end
}

// Error is the sentence.
func (f *Failure) Error() string { return f.text }

// Unwrap returns the cause, which is never io.EOF: that says something else to whoever reads events.
func (f *Failure) Unwrap() error { return f.cause }

// Sent reports whether the other side may have got the request.
func (f *Failure) Sent() bool { return f.sent }

// Said is the beginning of an answer that is no HTTP. It is the one thing here that may hold anything, credentials too.
func (f *Failure) Said() string { return f.said }

// Is makes what went wrong on our side of the connection a domain.ErrProber: nobody was asked. A name that cannot be resolved is
// a matter of the configuration or of the name server, whatever the service is doing; so is a certificate, theirs or ours.
func (f *Failure) Is(target error) bool {
	if target != domain.ErrProber {
		return false
	}
	_, unresolved := errors.AsType[*net.DNSError](f.cause)
	return f.ours || unresolved || slices.ContainsFunc(ownFaults(), func(fault error) bool { return errors.Is(f.cause, fault) })
}

func ownFaults() []error {
	return []error{fs.ErrPermission, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EADDRNOTAVAIL, syscall.EINVAL, syscall.ENETUNREACH}
}

// explain puts an error into words.
func (w *Wire) explain(ctx context.Context, start time.Time, at stage, err error) *Failure {
	f := words(at, err)
	if done := ctx.Err(); done != nil {
		f = w.interrupted(ctx, start, at, done)
	} else if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		f = w.interrupted(ctx, start, at, context.DeadlineExceeded) // net's timer was earlier than that of ctx
	}
	f.sent = at != connecting && at != securing
	return f
}

func words(at stage, err error) *Failure {
	var errno syscall.Errno
	var ours *Failure
	switch {
	case errors.As(err, &errno) && at == connecting:
		return &Failure{text: errno.Error(), cause: errno}
	case errors.As(err, &errno):
		return &Failure{text: string(at) + ": " + errno.Error(), cause: errno}
	case errors.As(err, &ours):
		return ours
	case at == connecting:
		return unconnected(err)
	case at == securing, fromTLS(err):
		return insecure(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return closed(at)
	}
	return &Failure{text: "the body of the answer is badly framed: " + unquoted(strings.TrimPrefix(err.Error(), "http: ")), cause: err}
}

// interrupted tells the time that was allowed, not the time that it took.
func (w *Wire) interrupted(ctx context.Context, start time.Time, at stage, done error) *Failure {
	deadline, ok := ctx.Deadline()
	if own := start.Add(w.dialer.Timeout); at == connecting && w.dialer.Timeout > 0 && (!ok || own.Before(deadline)) {
		deadline, ok = own, true
	}
	if !ok || !errors.Is(done, context.DeadlineExceeded) {
		return &Failure{text: "cancelled while " + string(at), cause: done}
	}
	after := max(0, deadline.Sub(start)).Round(10 * time.Millisecond)
	return &Failure{text: fmt.Sprintf("timed out after %s %s", after, at), cause: done}
}

// unconnected leaves out the "dial tcp" before what is wrong with a name or an address.
func unconnected(err error) *Failure {
	var op *net.OpError
	if errors.As(err, &op) {
		err = op.Err
	}
	return &Failure{text: err.Error(), cause: err}
}

func closed(at stage) *Failure {
	if at == reading {
		return &Failure{text: "the connection was closed in the middle of the answer", cause: io.ErrUnexpectedEOF}
	}
	return &Failure{text: "the connection was closed without an answer", cause: io.ErrUnexpectedEOF}
}

// notHTTP is why an answer is none.
func notHTTP(why string, said []byte) *Failure {
	return &Failure{text: "the answer is not HTTP: " + why, said: string(said)}
}

func unquoted(text string) string {
	text, _, _ = strings.Cut(text, "\"")
	return strings.TrimSpace(text)
}
