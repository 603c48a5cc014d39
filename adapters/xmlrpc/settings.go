package xmlrpc

import (
	"bytes"
	"context"
	"hash/fnv"
	"io"

	"supervisor-healthcheck/domain"
)

// config is what is read of a process of getAllConfigInfo. A pointer stays nil where an old supervisord, before
// 4.2, does not send the member. Members that may be a text instead of a number are not among them.
type config struct {
	Name      string   `xmlrpc:"name"`
	Group     string   `xmlrpc:"group"`
	StopWait  *int64   `xmlrpc:"stopwaitsecs"`
	StartWait *int64   `xmlrpc:"startsecs"`
	ExitCodes *[]int64 `xmlrpc:"exitcodes"`
	Priority  *int64   `xmlrpc:"group_prio"`
	print     uint64   // of the whole struct, where it was read as it came
}

// Settings returns the settings of all processes as supervisord last read them, which may be of a file that is not
// yet in force. What supervisord does not tell is taken to be its documented default. Where the answer is not of the usual
// shape, such as a fault, it asks a second time and has kolo read it as a whole.
func (c *Client) Settings(ctx context.Context) (map[domain.ID]domain.Settings, error) {
	const method = "supervisor.getAllConfigInfo"
	return listed(ctx, c, method, func(answer io.Reader, room *[windowSize]byte) (map[domain.ID]domain.Settings, bool, error) {
		all, usual := scanSettings(method, answer, room)
		return all, usual, nil
	}, readSettings)
}

// scanSettings has kolo read one process after the other: of a thousand at once it makes 20 MB of memory.
func scanSettings(method string, answer io.Reader, room *[windowSize]byte) (map[domain.ID]domain.Settings, bool) {
	all := map[domain.ID]domain.Settings{}
	var one []byte
	usual := structs(answer, room, nil, func(text []byte) bool {
		one = append(append(append(one[:0], "<methodResponse><params><param><value>"...), text...), "</value></param></params></methodResponse>"...)
		var g config
		if decode(method, one, &g) != nil {
			return false
		}
		g.print = fingerprint(text)
		return g.into(all) == nil
	})
	return all, usual
}

func readSettings(method string, answer []byte) (map[domain.ID]domain.Settings, error) {
	var configs []config
	if err := decode(method, answer, &configs); err != nil {
		return nil, err
	}
	all := make(map[domain.ID]domain.Settings, len(configs))
	for _, g := range configs {
		if err := g.into(all); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func (g *config) into(all map[domain.ID]domain.Settings) error {
	if g.Name == "" || g.Group == "" {
		return unreadable("settings without a name or a group (%q, %q)", g.Name, g.Group)
	}
	all[domain.ID{Group: g.Group, Name: g.Name}] = g.settings()
	return nil
}

func (g *config) settings() domain.Settings {
	s := domain.Settings{
		StopWait:    seconds(or(g.StopWait, 10)),
		StartWait:   seconds(or(g.StartWait, 1)),
		Priority:    int(or(g.Priority, 999)),
		Fingerprint: g.print,
	}
	for _, code := range or(g.ExitCodes, []int64{0}) {
		s.ExitCodes = append(s.ExitCodes, int(code))
	}
	return s
}

// fingerprint is one of all members but the names of the two logs: of those that supervisord chooses itself it tells another
// one after it has read its file again, although nothing was changed.
func fingerprint(text []byte) uint64 {
	sum := fnv.New64a()
	for rest, more := text, true; more; {
		var member []byte
		member, rest, more = bytes.Cut(rest, []byte("<member>"))
		if !bytes.Contains(member, []byte("<name>stdout_logfile</name>")) && !bytes.Contains(member, []byte("<name>stderr_logfile</name>")) {
			_, _ = sum.Write(member)
		}
	}
	return sum.Sum64()
}

func or[T any](value *T, missing T) T {
	if value == nil {
		return missing
	}
	return *value
}
