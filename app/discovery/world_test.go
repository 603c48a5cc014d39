package discovery

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// stage is what a test has running, told as short texts.
type stage struct {
	processes []domain.Process
	settings  map[domain.ID]domain.Settings
	listens   map[int][]domain.Endpoint    // by pid
	hidden    map[int]error                // pids whose sockets cannot be seen
	answers   map[string]map[string]answer // by address and path; an address that is not here refuses connections
	megabytes map[int]uint64               // by pid; 0 is 1 MB
	tree      int                          // processes in each tree; 0 is 1
}

// answer is a status, or an error.
type answer struct {
	status    int
	beginning string
	err       error
}

func (s *stage) run(pid int, name string, listens ...string) *stage {
	return s.add(domain.Running, pid, name, listens...)
}

func (s *stage) add(state domain.State, pid int, name string, listens ...string) *stage {
	group, process, colon := strings.Cut(name, ":")
	if !colon {
		process = group
	}
	s.processes = append(s.processes, domain.Process{ID: domain.ID{Group: group, Name: process}, State: state, PID: pid})
	for _, at := range listens {
		e := domain.Endpoint{Network: "tcp", Address: at}
		if strings.HasPrefix(at, "/") {
			e.Network = "unix"
		}
		if s.listens == nil {
			s.listens = map[int][]domain.Endpoint{}
		}
		s.listens[pid] = append(s.listens[pid], e)
	}
	return s
}

// answer has an address answer these paths with 200 and all others with 404; without paths it speaks no HTTP.
func (s *stage) answer(address string, paths ...string) *stage {
	all := map[string]answer{}
	for _, path := range paths {
		all[path] = answer{status: 200}
	}
	if paths != nil {
		all[""] = answer{status: 404}
	} else {
		all[""] = answer{err: errors.New("the connection was closed without an answer")}
	}
	return s.says(address, all)
}

// says has an address give these answers, and the one of the empty path to all others.
func (s *stage) says(address string, all map[string]answer) *stage {
	if s.answers == nil {
		s.answers = map[string]map[string]answer{}
	}
	s.answers[address] = all
	return s
}

func (s *stage) world(t *testing.T) World {
	t.Helper()
	ctrl := gomock.NewController(t)
	table, sockets, stats := mocks.NewMockProcessTable(ctrl), mocks.NewMockSocketTable(ctrl), mocks.NewMockProcessStats(ctrl)
	http, tcp, clock := mocks.NewMockHTTPProber(ctrl), mocks.NewMockTCPProber(ctrl), mocks.NewMockClock(ctrl)
	table.EXPECT().Processes(gomock.Any()).Return(s.processes, nil)
	table.EXPECT().Settings(gomock.Any()).Return(s.settings, nil)
	stats.EXPECT().Round(gomock.Any(), gomock.Any()).DoAndReturn(func(ctx context.Context, _ []int) context.Context { return ctx })
	stats.EXPECT().TreeMemory(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(_ context.Context, pid int) (domain.Usage, error) {
		return domain.Usage{RSS: max(1, s.megabytes[pid]) << 20, Processes: max(1, s.tree)}, nil
	})
	sockets.EXPECT().Listening(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(_ context.Context, pid int) ([]domain.Endpoint, error) {
		return s.listens[pid], s.hidden[pid]
	})
	tcp.EXPECT().TCP(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(ctx context.Context, d domain.Dialogue) (domain.Heard, error) {
		bounded(t, ctx)
		if s.answers[d.Address] == nil {
			return domain.Heard{}, errors.New("connection refused")
		}
		return domain.Heard{}, nil
	})
	http.EXPECT().HTTP(gomock.Any(), gomock.Any()).AnyTimes().DoAndReturn(func(ctx context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
		bounded(t, ctx)
		if r.Method != "GET" || r.Body != "" {
			t.Errorf("%s with the body %q is sent to a service that was not asked for it", r.Method, r.Body)
		}
		address := r.Address
		switch {
		case r.TLS != nil && r.TLS.Unverified:
			address = "over TLS " + address
		case r.TLS != nil:
			address = "verified " + address
		}
		a, ok := s.answers[address][r.Path]
		if !ok {
			a, ok = s.answers[address][""]
		}
		if !ok && r.TLS != nil {
			a.err = errors.New("no certificate")
		}
		return domain.HTTPAnswer{Status: a.status, Beginning: a.beginning}, a.err
	})
	clock.EXPECT().Now().AnyTimes().Return(time.Unix(0, 0))
	return World{Table: table, Sockets: sockets, Stats: stats, HTTP: http, TCP: tcp, Clock: clock}
}

// bounded holds a question to its time.
func bounded(t *testing.T, ctx context.Context) {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > patience {
		t.Error("a question is not bounded")
	}
}

// made is a configuration with these processes: program=group:name#number/count.
func made(all ...string) Configuration {
	c := Configuration{Path: "/etc/supervisord.conf", Processes: map[domain.ID]Made{}}
	for _, text := range all {
		name, id, _ := strings.Cut(text, "=")
		id, numbers, _ := strings.Cut(id, "#")
		number, count, _ := strings.Cut(numbers, "/")
		group, process, _ := strings.Cut(id, ":")
		m := Made{Program: strings.TrimPrefix(name, "!"), Listener: strings.HasPrefix(name, "!"), Count: 1}
		if numbers != "" {
			m.Number, m.Count = int(number[0]-'0'), int(count[0]-'0')
		}
		c.Processes[domain.ID{Group: group, Name: process}] = m
	}
	return c
}

func hidden() error { return &fs.PathError{Op: "open", Path: "/proc/1/fd", Err: fs.ErrPermission} }
