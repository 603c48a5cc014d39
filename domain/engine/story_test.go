package engine

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// A story is what happens to the processes of the group web, told line by line, and what is reported of it. They have been
// up for an hour when it begins. Their starts and stops take no time.
type story struct {
	policy string // settings over the drop-in policy, such as "failures=3 start-grace=30s"
	cast   string // the names of the processes; "a" if there are no others
	lines  []line
}

// A line happens so long after the beginning. What happens is one of these, with the names of those whom it happens to, or to
// all of them:
//
//	well, ill, unsure    a probe will say so, whatever is done; then comes a tick
//	hang                 a probe will say ill until the process is started anew; then comes a tick
//	old                  a probe has a restart planned until the process is started anew; then comes a tick
//	tick                 a tick and nothing else
//	passes               time, without a tick
//	dies                 it ends by itself and supervisord starts it again
//	ends                 the same, with a status that is expected
//	fails                it ends and supervisord cannot start it: FATAL
//	human stops, starts, restarts
//	other restarts, signals   so does another listener, and keeps it in the journal
type line struct {
	at   string
	what string
	want string // what is reported since the line before: see scene.told
}

func tellStories(t *testing.T, stories map[string]story) {
	for name, one := range stories {
		t.Run(name, func(t *testing.T) { one.tell(t, newScene(t, one.policy, one.names()...)) })
	}
}

func (one story) names() []string {
	if one.cast == "" {
		return []string{"a"}
	}
	return strings.Fields(one.cast)
}

func (one story) tell(t *testing.T, s *scene) {
	t.Helper()
	s.handle(Noted{})
	s.pass(0)
	begin := s.now
	var got, want []string
	for _, l := range one.lines {
		at, ok := domain.ParseDuration(l.at)
		if !ok {
			t.Fatalf("%q is no duration", l.at)
		}
		s.pass(begin.Add(at).Sub(s.now))
		s.happen(l.what)
		want = append(want, l.at+" "+l.what+" -> "+l.want)
		got = append(got, l.at+" "+l.what+" -> "+s.told())
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// happen is one line of a story.
func (s *scene) happen(what string) {
	s.t.Helper()
	verb, names, _ := strings.Cut(what, " ")
	human := ""
	if verb == "human" || verb == "other" {
		human, names, _ = strings.Cut(names, " ")
	}
	all := s.programs
	if names != "" {
		all = nil
		s.each(names, func(p *program) { all = append(all, p) })
	}
	for _, p := range all {
		switch verb {
		case "well", "ill", "unsure", "hang", "old":
			p.old = p.old || verb == "old"
			p.broken, p.unsure, p.hung = verb == "ill", verb == "unsure", verb == "hang"
		case "dies":
			s.dies(p, 1)
		case "ends":
			s.dies(p, 0)
		case "fails":
			s.fails(p)
		case "human":
			s.human(human, p)
		case "other":
			s.other(human, p)
		case "tick", "passes":
		default:
			s.t.Fatalf("a story knows no %q", verb)
		}
	}
	switch verb {
	case "well", "ill", "unsure", "hang", "old", "tick":
		s.tick()
	}
	s.pass(0)
}
