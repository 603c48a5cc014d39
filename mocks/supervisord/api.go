package supervisord

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
)

// method is one method of the API, with the least and the most number of its arguments.
type method struct {
	least, most int
	run         func(args []any) (any, error)
	always      bool // also during a shutdown
}

// errInternal is an exception that supervisord does not catch, such as a number where a name belongs.
var errInternal = errors.New("internal server error")

func (s *Server) api() map[string]method {
	return map[string]method{
		"supervisor.getAPIVersion":        {run: constant("3.0")},
		"supervisor.getVersion":           {run: constant("3.0")},
		"supervisor.getSupervisorVersion": {run: constant("4.2.5")},
		"supervisor.getIdentification":    {run: constant(s.config.Identifier)},
		"supervisor.getPID":               {run: constant(os.Getpid())},
		"supervisor.getState":             {run: constant(structure{{"statecode", 1}, {"statename", "RUNNING"}})},
		"supervisor.getAllProcessInfo":    {run: func([]any) (any, error) { return s.allInfo(), nil }},
		"supervisor.getAllConfigInfo":     {run: func([]any) (any, error) { return s.allConfig(), nil }},
		"supervisor.getProcessInfo":       {1, 1, named(s.processInfo), false},
		"supervisor.startProcess":         {1, 2, waiting(s.startProcess), false},
		"supervisor.stopProcess":          {1, 2, waiting(s.stopProcess), false},
		"supervisor.startProcessGroup":    {1, 2, waiting(s.startGroup), false},
		"supervisor.stopProcessGroup":     {1, 2, waiting(s.stopGroup), false},
		"supervisor.startAllProcesses":    {0, 1, func(a []any) (any, error) { return s.startAll(s.everything(), wait(a, 0)), nil }, false},
		"supervisor.stopAllProcesses":     {0, 1, func(a []any) (any, error) { return s.stopAll(s.everything(), wait(a, 0)), nil }, false},
		"supervisor.signalProcess":        {2, 2, signalling(s.signalProcess), false},
		"supervisor.signalProcessGroup":   {2, 2, signalling(s.signalGroup), false},
		"supervisor.addProcessGroup":      {1, 1, named(s.addGroup), false},
		"supervisor.removeProcessGroup":   {1, 1, named(s.removeGroup), false},
		"supervisor.sendRemoteCommEvent":  {2, 2, s.remoteEvent, true},
		"supervisor.shutdown":             {run: func([]any) (any, error) { s.leave(shutdown); return true, nil }},
		"supervisor.restart":              {run: func([]any) (any, error) { s.leave(restarting); return true, nil }},
		"system.listMethods":              {run: func([]any) (any, error) { return s.listMethods(), nil }, always: true},
		"system.multicall":                {1, 1, s.multicall, true},
	}
}

// invoke runs one call, under the lock. Its error is a *domain.Fault or errInternal.
func (s *Server) invoke(name string, args []any) (any, error) {
	m, ok := s.methods[name]
	switch {
	case !ok:
		return nil, fault(unknownMethod)
	case len(args) < m.least || len(args) > m.most:
		return nil, fault(incorrectParameters)
	case s.mood != running && !m.always:
		return nil, fault(shutdownState)
	}
	answer, err := m.run(args)
	if s.dirty {
		s.settle()
	}
	return answer, err
}

func (s *Server) listMethods() []any {
	var names []any
	for _, name := range slices.Sorted(maps.Keys(s.methods)) {
		names = append(names, name)
	}
	return names
}

func (s *Server) everything() []*process {
	var all []*process
	for _, g := range s.groups {
		all = append(all, g.processes...)
	}
	return all
}

func (s *Server) startGroup(name string, wait bool) (any, error) {
	g := s.group(name)
	if g == nil {
		return nil, fault(badName, name)
	}
	return s.startAll(g.processes, wait), nil
}

func (s *Server) stopGroup(name string, wait bool) (any, error) {
	g := s.group(name)
	if g == nil {
		return nil, fault(badName, name)
	}
	return s.stopAll(g.processes, wait), nil
}

func (s *Server) signalGroup(name, signal string) (any, error) {
	g := s.group(name)
	if g == nil {
		return nil, fault(badName, name)
	}
	return s.signalAll(g.processes, signal)
}

func (s *Server) addGroup(name string) (any, error) {
	switch {
	case !slices.Contains(s.configured(), name):
		return nil, fault(badName, name)
	case s.group(name) != nil:
		return nil, fault(alreadyAdded, name)
	}
	s.use(name)
	return true, nil
}

func (s *Server) removeGroup(name string) (any, error) {
	g := s.group(name)
	switch {
	case g == nil:
		return nil, fault(badName, name)
	case !g.atRest():
		return nil, fault(stillRunning, name)
	}
	s.drop(g)
	return true, nil
}

func (s *Server) remoteEvent(args []any) (any, error) {
	s.raise("REMOTE_COMMUNICATION", fmt.Sprintf("type:%v\n%v", args[0], args[1]))
	return true, nil
}
