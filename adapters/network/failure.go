package network

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
	sending    stage = "sending the request"
	waiting    stage = "waiting for the answer"
	reading    stage = "reading the answer"
)

// failure is an error in words for the operator, with the cause for errors.Is.
type failure struct {
	text  string
	cause error
}

func (f *failure) Error() string { return f.text }
func (f *failure) Unwrap() error { return f.cause }

// Is makes what went wrong on our side of the connection a domain.ErrProber.
func (f *failure) Is(target error) bool {
	return target == domain.ErrProber && slices.ContainsFunc(ownFaults(), func(fault error) bool {
		return errors.Is(f.cause, fault)
	})
}

func ownFaults() []error {
	return []error{fs.ErrPermission, syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM,
		syscall.EADDRNOTAVAIL, syscall.EINVAL}
}

// explain puts an error into words. It quotes nothing of what was received: a server may echo credentials.
func explain(ctx context.Context, start time.Time, at stage, err error) error {
	if done := ctx.Err(); done != nil {
		return interrupted(ctx, start, at, done)
	}
	if errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) {
		return interrupted(ctx, start, at, context.DeadlineExceeded) // net's timer was earlier than that of ctx
	}
	var errno syscall.Errno
	var ours *failure
	switch {
	case errors.As(err, &errno) && at == connecting:
		return &failure{errno.Error(), errno}
	case errors.As(err, &errno):
		return &failure{string(at) + ": " + errno.Error(), errno}
	case errors.As(err, &ours):
		return ours
	case at == connecting:
		return unconnected(err)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return closed(at)
	}
	return notHTTP(err)
}

func interrupted(ctx context.Context, start time.Time, at stage, done error) error {
	deadline, ok := ctx.Deadline()
	if !ok || !errors.Is(done, context.DeadlineExceeded) {
		return &failure{"cancelled while " + string(at), done}
	}
	after := max(0, deadline.Sub(start)).Round(10 * time.Millisecond)
	return &failure{fmt.Sprintf("timed out after %s %s", after, at), done}
}

// unconnected leaves out the "dial tcp" before what is wrong with a name or an address.
func unconnected(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// closed is never io.EOF, which says something else to whoever reads events.
func closed(at stage) error {
	if at == reading {
		return &failure{"the connection was closed in the middle of the answer", io.ErrUnexpectedEOF}
	}
	return &failure{"the connection was closed without an answer", io.ErrUnexpectedEOF}
}

// notHTTP keeps of net/http's words what stands before the quotation.
func notHTTP(err error) error {
	what, _, _ := strings.Cut(err.Error(), "\"")
	what, _, _ = strings.Cut(strings.TrimPrefix(what, "http: "), ":")
	return &failure{"the answer is not HTTP: " + strings.TrimSpace(what), err}
}
