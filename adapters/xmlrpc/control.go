package xmlrpc

import (
	"context"
	"fmt"
	"strings"

	"supervisor-healthcheck/domain"
)

const startMethod = "supervisor.startProcess"

// Stop asks for the end of the process and does not wait for it, because supervisord spins while a call waits.
func (c *Client) Stop(ctx context.Context, id domain.ID) error {
	return c.act(ctx, "supervisor.stopProcess", id, false)
}

// Start spawns the process and does not wait until it is RUNNING.
func (c *Client) Start(ctx context.Context, id domain.ID) error {
	return c.act(ctx, startMethod, id, false)
}

// Signal sends a signal, named as in "HUP".
func (c *Client) Signal(ctx context.Context, id domain.ID, signal string) error {
	return c.act(ctx, "supervisor.signalProcess", id, signal)
}

// act calls a method about one process.
func (c *Client) act(ctx context.Context, method string, id domain.ID, detail any) error {
	name, err := full(id)
	if err != nil {
		return c.about(method, err)
	}
	return c.order(ctx, method, name, detail)
}

// order calls a method that answers true or a fault.
func (c *Client) order(ctx context.Context, method string, args ...any) error {
	return c.call(ctx, c.single(method), func(answer []byte) error {
		var done bool
		if err := decode(method, answer, &done); err != nil {
			return err
		}
		if !done {
			return unreadable("it is not true")
		}
		return nil
	}, args...)
}

// SendEvent has supervisord send a REMOTE_COMMUNICATION event to all listeners that want such. That none does is no error.
func (c *Client) SendEvent(ctx context.Context, kind, data string) error {
	return c.order(ctx, "supervisor.sendRemoteCommEvent", kind, data)
}

// full is the name by which supervisord knows one process whatever its group: "group:name". supervisord cuts at the
// first colon, and takes an empty name or a star for the whole group, which is never meant here.
func full(id domain.ID) (string, error) {
	if id.Name == "" || id.Name == "*" || strings.Contains(id.Group, ":") {
		why := fmt.Sprintf("%q is not the name of one process", id.Group+":"+id.Name)
		return "", &failure{why: why, kinds: []error{domain.ErrNoSuchProcess}}
	}
	return id.Group + ":" + id.Name, nil
}

// Identity asks who answers.
func (c *Client) Identity(ctx context.Context) (domain.Supervisor, error) {
	const method = "supervisor.getPID"
	var who domain.Supervisor
	err := c.call(ctx, c.single(method), func(answer []byte) error { return decode(method, answer, &who.PID) })
	if err != nil {
		return domain.Supervisor{}, err
	}
	return who, nil
}
