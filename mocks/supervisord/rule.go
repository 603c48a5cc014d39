package supervisord

import (
	"slices"
	"time"

	"supervisor-healthcheck/domain"
)

// Rule forces a fault upon calls. Without Fault, Status, Cut and Body the call is carried out as usual, late or with a
// truncated answer; with one of them it is carried out only if DoIt is set.
type Rule struct {
	Method string        // such as supervisor.stopProcess; any if empty
	Name   string        // the process that is the first argument; any if empty
	Times  int           // how many calls; 0: all until ClearRules
	Delay  time.Duration // before the call is carried out, or with DoIt before its answer is sent

	Fault    int    // answer with this fault code
	Text     string // the fault's text; the name of the code if empty
	Status   int    // answer with this HTTP status and an error page
	Cut      bool   // close the connection without an answer
	CutAfter int    // close the connection after so many bytes of the body, which was announced in full
	Body     string // answer with this instead of XML-RPC

	DoIt bool // carry the call out, so that only the answer is lost
}

// Call is one call that has arrived, in a multicall or by itself.
type Call struct {
	At     time.Time
	Method string
	Args   []any // string, int, float64, bool, []any or map[string]any
}

// Force adds a rule. The first rule that fits a call is used. A rule with a Fault also fits the calls in a multicall.
func (s *Server) Force(rule Rule) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = append(s.rules, &rule)
}

// Release ends the delays of the calls that are being delayed, not of those to come.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released++
	s.settle()
}

// ClearRules ends all faults, but not the delay of a call that is being delayed.
func (s *Server) ClearRules() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rules = nil
}

// Calls returns the last 10 000 calls that came over the wire, in order. Those with wrong credentials are not among them.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// ResetCalls forgets the calls.
func (s *Server) ResetCalls() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = nil
}

func (s *Server) note(method string, args []any) {
	s.calls = append(recent(s.calls), Call{At: time.Now(), Method: method, Args: args})
}

// match finds the rule for a call and uses it up once.
func (s *Server) match(method string, args []any, fits func(*Rule) bool) *Rule {
	for i, r := range s.rules {
		if r.Method != "" && r.Method != method || !r.means(args) || !fits(r) {
			continue
		}
		if r.Times == 1 {
			s.rules = slices.Delete(slices.Clone(s.rules), i, i+1)
		}
		r.Times = max(r.Times-1, 0)
		return r
	}
	return nil
}

func (r *Rule) means(args []any) bool {
	if r.Name == "" {
		return true
	}
	if len(args) == 0 {
		return false
	}
	name, ok := args[0].(string)
	return ok && sameProcess(name, r.Name)
}

func (r *Rule) fault() *domain.Fault {
	if r.Text != "" {
		return &domain.Fault{Code: r.Fault, Text: r.Text}
	}
	return fault(r.Fault)
}

// spoils reports whether the rule hides the answer of the call.
func (r *Rule) spoils() bool {
	return r.Fault != 0 || r.Status != 0 || r.Cut || r.Body != ""
}
