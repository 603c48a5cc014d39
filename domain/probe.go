package domain

import (
	"context"
	"slices"
	"strings"
	"time"
)

// HTTPRequest is one HTTP request of a probe.
type HTTPRequest struct {
	Method   string
	Network  string // "tcp", also if it is empty, or "unix"
	Address  string // host:port to dial, or the path of the socket
	TLS      *TLS   // nil for a connection without
	Path     string // what follows the host in the URL, beginning with a slash
	Header   map[string][]string
	Body     string
	Username string // basic authentication if Username or Password is not empty
	Password string

	// What is wanted of the answer besides its status. All of it is waited for, as long as the context allows.
	Fields []string // fields of its header
	Most   int64    // so many bytes of its body
}

// Secrets are what no message about the request may show: password, query, body, and the header but for what is nobody's secret.
func (r HTTPRequest) Secrets() Secrets {
	const least = 8 // of a text that is part of something secret
	all := credentialSecrets(r.Username, r.Password, r.Path)
	for name, values := range r.Header {
		if harmless(name) {
			continue
		}
		for _, value := range values {
			all = append(all, value)
			for word := range strings.FieldsSeq(value) {
				if len(word) >= least {
					all = append(all, word)
				}
			}
		}
	}
	if len(r.Body) >= least {
		all = append(all, r.Body)
	}
	return NewSecrets(all...)
}

// harmless reports whether the values of a header are known to everybody.
func harmless(name string) bool {
	name = strings.ToLower(name)
	return slices.Contains([]string{"host", "user-agent", "accept", "connection", "cache-control", "pragma", "origin", "via", "range", "date", "from"}, name) ||
		slices.ContainsFunc([]string{"accept-", "content-", "x-forwarded-", "if-"}, func(beginning string) bool { return strings.HasPrefix(name, beginning) })
}

// HTTPAnswer is what came back, at least the status.
type HTTPAnswer struct {
	Status    int
	Beginning string        // of the body, as it came; only of an answer with another status than 200, of which no body is wanted
	Location  string        // where a redirect leads, as it is written
	Header    []HTTPField   // those of the fields that are wanted, in the order in which they came
	Body      string        // as much as is wanted, or came
	Torn      error         // why what is wanted is not all there; nil if it is
	Took      time.Duration // from the beginning to the last of what is wanted
	Expires   time.Time     // when the certificate of the server expires; zero without TLS
}

// HTTPField is a line of the header of an answer.
type HTTPField struct{ Name, Value string }

// Field is the value of the first field of this name.
func (a HTTPAnswer) Field(name string) (value string, found bool) {
	for _, field := range a.Header {
		if strings.EqualFold(field.Name, name) {
			return field.Value, true
		}
	}
	return "", false
}

// XMLRPCRequest is one XML-RPC call without arguments, of a probe.
type XMLRPCRequest struct {
	Network  string // "tcp" or "unix"
	Address  string // host:port, or the path of the socket
	TLS      *TLS   // nil for a connection without
	Path     string // of the HTTP request
	Method   string
	Username string // basic authentication if Username or Password is not empty
	Password string
}

// Secrets are what no message about the call may show.
func (r XMLRPCRequest) Secrets() Secrets {
	return NewSecrets(credentialSecrets(r.Username, r.Password, r.Path)...)
}

// Listener is a process that holds a listening TCP port.
type Listener struct {
	PID       int
	Name      string // its command name, empty if it cannot be read
	Ancestors []int  // its parent, its parent's parent and so on, as far as they can be told; the last is 1 then
}

// BelongsTo reports whether the holder is one of these processes or descends from one. The pid of supervisord tells nothing
// here where it is 1, as in many containers: it is then an ancestor of every orphan too.
func (l Listener) BelongsTo(pids ...int) bool {
	return slices.Contains(pids, l.PID) || slices.ContainsFunc(l.Ancestors, func(pid int) bool { return slices.Contains(pids, pid) })
}

// Usage is what a process, or a process and all its descendants, use of the machine.
type Usage struct {
	RSS       uint64 // resident set size in bytes
	Processes int    // how many processes were added up
}

// MemoryShares are parts of the memory of a process, or of a process and all its descendants, in bytes.
type MemoryShares struct {
	PSS       uint64 // proportional set size: of a page that several have, each has its part
	USS       uint64 // unique set size: what nobody else has
	Processes int    // how many processes were added up
}

// MemoryRoom is how much memory a process may use at most.
type MemoryRoom struct {
	Bytes     uint64
	Container bool // it is the limit of the cgroup that holds the process; else that of the machine
}

// OpenFiles are the file descriptors of a process.
type OpenFiles struct {
	Open  int
	Limit uint64 // the soft limit of the process itself (RLIMIT_NOFILE); math.MaxUint64: none
}

// Attempts runs one attempt after the other until one succeeds or retries are used up, and returns the last error.
// Between them it waits 3 s, 6 s, 9 s and so on, as the Python package does. A cancelled ctx ends it at once.
func Attempts(ctx context.Context, retries int, sleep func(context.Context, time.Duration) error, attempt func() error) error {
	for n := 1; ; n++ {
		err := attempt()
		if err == nil || n > retries || ctx.Err() != nil {
			return err
		}
		if sleep(ctx, time.Duration(n)*3*time.Second) != nil {
			return err
		}
	}
}
