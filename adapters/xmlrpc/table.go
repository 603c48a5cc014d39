package xmlrpc

import (
	"context"
	"io"
	"time"

	"supervisor-healthcheck/domain"
)

// info is what is read of a process of getProcessInfo and getAllProcessInfo (supervisor/rpcinterface.py). Times are
// in seconds since the epoch by supervisord's clock, 0 for never.
type info struct {
	Name       string `xmlrpc:"name"`
	Group      string `xmlrpc:"group"`
	Start      int64  `xmlrpc:"start"`
	Stop       int64  `xmlrpc:"stop"`
	Now        int64  `xmlrpc:"now"`
	State      int64  `xmlrpc:"state"`
	StateName  string `xmlrpc:"statename"`
	SpawnError string `xmlrpc:"spawnerr"`
	ExitStatus int64  `xmlrpc:"exitstatus"`
	PID        int64  `xmlrpc:"pid"`
	StdoutLog  string `xmlrpc:"stdout_logfile"`
	StderrLog  string `xmlrpc:"stderr_logfile"`
}

// Processes lists all processes with one call, in supervisord's order: by group, then by name. Where the answer is not
// of the usual shape, such as a fault, it asks a second time and has kolo read it.
func (c *Client) Processes(ctx context.Context) ([]domain.Process, error) {
	const method = "supervisor.getAllProcessInfo"
	list, err := listed(ctx, c, method, func(answer io.Reader, room *[windowSize]byte) ([]domain.Process, bool, error) {
		return scanProcesses(answer, room, c.known.read())
	}, readProcesses)
	if err == nil {
		c.known.learn(list)
	}
	return list, err
}

// scanProcesses is the fast way; known are the texts of the processes as they were listed last.
func scanProcesses(answer io.Reader, room *[windowSize]byte, known []texts) (list []domain.Process, usual bool, err error) {
	list = make([]domain.Process, 0, len(known))
	usual = scanListing(answer, room, known, func(i *info) {
		p, broken := i.process()
		if broken != nil && err == nil {
			err = broken
		}
		list = append(list, p)
	})
	if !usual {
		return nil, false, nil
	}
	if err != nil {
		return nil, true, err
	}
	return list, true, nil
}

// readProcesses is kolo's way.
func readProcesses(method string, answer []byte) ([]domain.Process, error) {
	var infos []info
	if err := decode(method, answer, &infos); err != nil {
		return nil, err
	}
	list := make([]domain.Process, 0, len(infos))
	for i := range infos {
		p, err := infos[i].process()
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, nil
}

// Process looks at one process.
func (c *Client) Process(ctx context.Context, id domain.ID) (domain.Process, error) {
	const method = "supervisor.getProcessInfo"
	name, err := full(id)
	if err != nil {
		return domain.Process{}, c.about(method, err)
	}
	var p domain.Process
	err = c.call(ctx, c.single(method), func(answer []byte) (err error) {
		p, err = readProcess(method, answer, id)
		return err
	}, name)
	return p, err
}

// readProcess has kolo read what scanSingle does not know.
func readProcess(method string, answer []byte, id domain.ID) (domain.Process, error) {
	i, usual := scanSingle(answer)
	if !usual {
		if err := decode(method, answer, &i); err != nil {
			return domain.Process{}, err
		}
	}
	p, err := i.process()
	if err == nil && p.ID != id {
		return domain.Process{}, unreadable("it is about %q", p.ID)
	}
	return p, err
}

// process insists on the names because kolo drops members without a word when it stumbles.
func (i *info) process() (domain.Process, error) {
	if i.Name == "" || i.Group == "" || i.StateName == "" {
		return domain.Process{}, unreadable("a process without a name, a group or a state (%q, %q, %q)", i.Name, i.Group, i.StateName)
	}
	p := domain.Process{
		ID:         domain.ID{Group: i.Group, Name: i.Name},
		State:      domain.State(i.State),
		PID:        int(i.PID),
		Started:    moment(i.Start),
		Ended:      moment(i.Stop),
		ExitStatus: int(i.ExitStatus),
		SpawnError: i.SpawnError,
		StdoutLog:  i.StdoutLog,
		StderrLog:  i.StderrLog,
	}
	if i.PID != 0 {
		p.Uptime = seconds(i.Now - i.Start)
	}
	return p, nil
}

func moment(epoch int64) time.Time {
	if epoch == 0 {
		return time.Time{}
	}
	return time.Unix(epoch, 0)
}

// seconds is never negative, whatever the clock or the server did, and never too long for a Duration.
func seconds(n int64) time.Duration {
	const most = 1 << 32
	return time.Duration(min(max(n, 0), most)) * time.Second
}
