package checks

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// PortSpec says on which TCP port a process listens: one number for all, or a pattern that finds the number in the
// name of the process. The zero PortSpec is none; Build refuses it where a port is needed.
type PortSpec struct {
	number  int
	pattern *regexp.Regexp
	found   *foundPorts // by the pattern
}

// foundPorts keeps what a pattern has found. It is asked for twice in every round, and a search is a twentieth of what a probe
// costs.
type foundPorts struct {
	mu sync.Mutex
	of map[string]int // by the name of the process
}

// mostFound is more names than are watched. Names that are gone are forgotten with all others, once there are so many.
const mostFound = 1 << 12

func (f *foundPorts) get(name string) (int, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	port, ok := f.of[name]
	return port, ok
}

func (f *foundPorts) keep(name string, port int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.of) >= mostFound {
		clear(f.of)
	}
	f.of[name] = port
}

// leastFound is the lowest port that a pattern may find. Lower numbers at the end of a name count the processes of a program, as
// in web_00, web_01, and nobody listens on port 1: a probe there would have healthy processes restarted.
const leastFound = 1024

// FixedPort is the spec of one port for all processes. Build refuses it outside 1 to 65535.
func FixedPort(number int) PortSpec { return PortSpec{number: number} }

// ParsePortSpec reads a port number, or a pattern in RE2 syntax with exactly one capturing group. As with Python's
// re.match, the pattern must match from the start of the name, but not up to its end. The error is a
// *domain.SettingError of the setting "port".
func ParsePortSpec(text string) (PortSpec, error) {
	if isNumber(text) {
		number, _ := portNumber(text)
		return PortSpec{number: number}, portRange(number, text)
	}
	if strings.Contains(text, `\\d`) {
		return PortSpec{}, wrong("port", text, `\\d stands for a backslash and the letter d; write \d for a digit (only in JSON it is "\\d")`)
	}
	pattern, err := regexp.Compile(text)
	if err != nil {
		return PortSpec{}, wrong("port", text, err.Error()+`; the syntax is RE2, which has no lookaround such as (?= or (?<!, no backreference such as \1, and \z for \Z`)
	}
	if pattern.NumSubexp() != 1 {
		return PortSpec{}, wrong("port", text, portCure())
	}
	return PortSpec{pattern: pattern, found: &foundPorts{of: map[string]int{}}}, nil
}

// For returns the port of the process with this name. An error means that the spec does not fit the name: the
// configuration is at fault, not the process. A number below 1024, or with a leading zero, that a pattern has found is no port.
func (s PortSpec) For(name string) (int, error) {
	if s.pattern == nil {
		return s.number, portRange(s.number, s.String())
	}
	if port, ok := s.found.get(name); ok {
		return port, nil
	}
	at := s.pattern.FindStringSubmatchIndex(name)
	// The leftmost match is returned: if any match begins at the start of the name, then this one does.
	if at == nil || at[0] != 0 {
		return 0, fmt.Errorf("the port pattern %s does not match the start of the process name %s", s.pattern, name)
	}
	if at[2] < 0 {
		return 0, fmt.Errorf("the group of the port pattern %s takes no part in the match of %s", s.pattern, name)
	}
	captured := name[at[2]:at[3]]
	number, ok := portNumber(captured)
	if !ok {
		return 0, fmt.Errorf("the port pattern %s finds %q in %s, which is no port from 1 to 65535", s.pattern, captured, name)
	}
	if captured[0] == '0' || number < leastFound {
		return 0, fmt.Errorf("the port pattern %s finds %q in %s, which looks like the number of the process: a port below %d is written as it is, such as -p 80",
			s.pattern, captured, name, leastFound)
	}
	s.found.keep(name, number)
	return number, nil
}

// String is the number or the pattern, empty for the zero PortSpec.
func (s PortSpec) String() string {
	switch {
	case s.pattern != nil:
		return s.pattern.String()
	case s.number != 0:
		return strconv.Itoa(s.number)
	}
	return ""
}

// invalid returns what Build says of a spec that is missing or was made of a bad number.
func (s PortSpec) invalid() error {
	if s.pattern != nil {
		return nil
	}
	return portRange(s.number, s.String())
}

func portRange(number int, text string) error {
	if number < 1 || number > 65535 {
		return wrong("port", text, portCure())
	}
	return nil
}

func portNumber(text string) (int, bool) {
	number, err := strconv.Atoi(text)
	if err != nil || !isNumber(text) || portRange(number, text) != nil {
		return 0, false
	}
	return number, true
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

func portCure() string {
	return `write a number from 1 to 65535, or a pattern for the process name with exactly one group around the port, such as web_(\d+)`
}
