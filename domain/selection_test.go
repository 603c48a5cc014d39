package domain_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// seen is everything that can be asked of a selection.
type seen struct {
	Matches []string // of the processes below
	Text    string
	Empty   bool
}

func see(s domain.Selection) seen {
	got := seen{Text: s.String(), Empty: s.Empty()}
	for _, id := range []domain.ID{{Group: "web", Name: "web"}, {Group: "web", Name: "web_0"}, {Group: "db", Name: "db"}, {Group: "db", Name: "web"}, {Group: "a", Name: "b:c"}} {
		if s.Matches(id) {
			got.Matches = append(got.Matches, id.Group+":"+id.Name)
		}
	}
	return got
}

func TestSelect(t *testing.T) {
	tests := map[string]struct {
		names []string
		want  seen
	}{
		"nothing selects nothing":                      {nil, seen{Empty: true}},
		"a name is a process in its own group":         {[]string{"web"}, seen{[]string{"web:web"}, "web", false}},
		"group and name are one process":               {[]string{"web:web_0"}, seen{[]string{"web:web_0"}, "web:web_0", false}},
		"a star is the whole group":                    {[]string{"web:*"}, seen{[]string{"web:web", "web:web_0"}, "web:*", false}},
		"all is everything":                            {[]string{"all"}, seen{[]string{"web:web", "web:web_0", "db:db", "db:web", "a:b:c"}, "all", false}},
		"several names add up":                         {[]string{"web:web_0", "db:*"}, seen{[]string{"web:web_0", "db:db", "db:web"}, "db:* web:web_0", false}},
		"all outshines the others":                     {[]string{"web", "all"}, seen{[]string{"web:web", "web:web_0", "db:db", "db:web", "a:b:c"}, "all web", false}},
		"a name that nobody has selects nothing":       {[]string{"cache"}, seen{nil, "cache", false}},
		"two names are two processes, in their order":  {[]string{"web:web_0", "web"}, seen{[]string{"web:web", "web:web_0"}, "web:web_0 web", false}},
		"only the first colon parts group and process": {[]string{"a:b:c"}, seen{[]string{"a:b:c"}, "a:b:c", false}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s, err := domain.Select(tt.names...)
			if diff := cmp.Diff(tt.want, see(s)); diff != "" || err != nil {
				t.Errorf("%v; -want +got:\n%s", err, diff)
			}
			again, err := domain.Select(strings.Fields(s.String())...)
			if diff := cmp.Diff(see(s), see(again)); diff != "" || err != nil {
				t.Errorf("read again: %v; -want +got:\n%s", err, diff)
			}
		})
	}
}

func TestSelectRefuses(t *testing.T) {
	for _, name := range []string{"", ":", ":x", "web:", ":*"} {
		s, err := domain.Select("web", name, "db")
		want := fmt.Sprintf(`%q names no process: write "group:name", "name", "group:*" or "all"`, name)
		if err == nil || err.Error() != want || !s.Empty() {
			t.Errorf("%q: got %v and %s\nwant %s", name, err, s, want)
		}
	}
}

func TestSelectOne(t *testing.T) {
	tests := map[string]struct {
		got  domain.Selection
		want seen
	}{
		"the zero selection is empty": {domain.Selection{}, seen{Empty: true}},
		"a group":                     {domain.SelectGroup("db"), seen{[]string{"db:db", "db:web"}, "db:*", false}},
		"a process": {domain.SelectID(domain.ID{Group: "db", Name: "web"}),
			seen{[]string{"db:web"}, "db:web", false}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, see(tt.got)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestSelectionsThatAreMade(t *testing.T) {
	all, err := domain.Select("all")
	if err != nil {
		t.Fatal(err)
	}
	whole := []string{"web:web", "web:web_0", "db:db", "db:web", "a:b:c"}
	for name, test := range map[string]struct {
		made domain.Selection
		want seen
	}{
		"several processes, each once":     {domain.SelectIDs(domain.ID{Group: "web", Name: "web_0"}, domain.ID{Group: "db", Name: "db"}, domain.ID{Group: "db", Name: "db"}), seen{[]string{"web:web_0", "db:db"}, "web:web_0 db", false}},
		"no process":                       {domain.SelectIDs(), seen{Empty: true}},
		"words of its own":                 {domain.SelectGroup("web").Called("my web"), seen{[]string{"web:web", "web:web_0"}, "my web", false}},
		"all but a group":                  {all.But("web", "a"), seen{[]string{"db:db", "db:web"}, "all", false}},
		"a group that is named":            {all.But("web", "a").And(domain.SelectGroup("web")), seen{[]string{"web:web", "web:web_0", "db:db", "db:web"}, "all web:*", false}},
		"a group that is named first":      {domain.SelectGroup("web").And(all.But("web", "a")), seen{[]string{"web:web", "web:web_0", "db:db", "db:web"}, "all web:*", false}},
		"all but one, and all but another": {all.But("web").And(all.But("db")), seen{whole, "all", false}},
		"all but some, and all":            {all.But("web").And(all), seen{whole, "all", false}},
		"but means nothing without all":    {domain.SelectGroup("web").But("web"), seen{[]string{"web:web", "web:web_0"}, "web:*", false}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, see(test.made)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
