package xmlrpc

import (
	"errors"
	"fmt"
	"syscall"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// failure is how a call went wrong. It wraps the domain's words for it and never an error of the transport: such an
// error could be io.EOF, which a listener takes for the end of its stdin, or our own timeout, which the caller would
// take for his.
type failure struct {
	method string
	why    string // it may have words of the other side in it, until about has bounded them
	cure   string // in our words
	kinds  []error
}

// Error is the method and the reason.
func (f *failure) Error() string {
	if f.method == "" {
		return f.why + f.cure
	}
	return f.method + ": " + f.why + f.cure
}

// Unwrap returns what errors.Is and errors.As shall find.
func (f *failure) Unwrap() []error { return f.kinds }

// about adds the method's name to a failure, and makes one line without our credentials of what a strange server can write
// into our log.
func (c *Client) about(method string, err error) error {
	const longest = 300
	var f *failure
	if !errors.As(err, &f) {
		return err
	}
	told := &failure{method: method, why: c.hide.Line(f.why, longest), cure: f.cure}
	for _, kind := range f.kinds {
		if fault, ok := kind.(*domain.Fault); ok {
			kind = &domain.Fault{Code: fault.Code, Text: c.hide.Line(fault.Text, wire.LongestFault)}
		}
		told.kinds = append(told.kinds, kind)
	}
	return told
}

func unreachable(why string, sent bool) *failure {
	kinds := []error{domain.ErrUnreachable}
	if !sent {
		kinds = append(kinds, domain.ErrNotSent)
	}
	return &failure{why: why, kinds: kinds}
}

// unreadable is the failure of a call that may have been carried out.
func unreadable(format string, args ...any) error {
	return unreachable(fmt.Sprintf("the answer cannot be read: "+format, args...), true)
}

// given is the end of the caller's context.
func given(cause error, sent bool) error {
	kinds := []error{cause}
	if !sent {
		kinds = append(kinds, domain.ErrNotSent)
	}
	return &failure{why: cause.Error(), kinds: kinds}
}

func unauthorized(tried bool) error {
	why := "supervisord asks for a user name and a password"
	if tried {
		why = "supervisord refuses this user name or password"
	}
	why += "; set SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD in environment= of the listener's section, or give them " +
		"as flags, because supervisord never sets them by itself"
	return &failure{cure: why, kinds: []error{domain.ErrUnauthorized}}
}

// faulty turns a fault into the domain's words. The codes are those of supervisor/xmlrpc.py, class Faults.
func faulty(method string, fault *domain.Fault) error {
	f := &failure{why: fault.Error(), kinds: []error{fault}}
	switch fault.Code {
	case 1:
		f.cure = "; supervisord's configuration has no [rpcinterface:supervisor] section, add it"
	case 6:
		f.kinds = append(f.kinds, domain.ErrShuttingDown)
	case 10:
		f.kinds = append(f.kinds, domain.ErrNoSuchProcess)
	case 20, 21, 40, 50:
		f.kinds = append(f.kinds, domain.ErrCannotStart)
	case 30:
		if method == startMethod {
			f.kinds = append(f.kinds, domain.ErrCannotStart)
		}
	case 60:
		f.kinds = append(f.kinds, domain.ErrAlreadyStarted)
	case 70:
		f.kinds = append(f.kinds, domain.ErrNotRunning)
	}
	return f
}

// reason says in the operator's words what the connection met, and what to do about it.
func (c *Client) reason(met *wire.Failure) (why, remedy string) {
	text := met.Error()
	if !met.Sent() {
		text = "dial " + c.server.Network + " " + c.server.Address + ": " + text
	}
	return text, cure(met)
}

func cure(met error) string {
	switch {
	case errors.Is(met, syscall.ENOENT):
		return "; the socket is not there: supervisord does not run, or the file was removed and comes back with a reload"
	case errors.Is(met, syscall.EACCES):
		return "; let this user in with chmod= or chown= in [unix_http_server]"
	case errors.Is(met, syscall.ECONNREFUSED):
		return "; nothing listens there"
	}
	return ""
}
