package watchdog

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

// onPort is a check that says on which port its process listens: the number is the name's first letter, a is 1.
type onPort struct{ domain.Check }

func (onPort) Port(p domain.Process) (int, bool) { return int(p.Name[0] - 'a' + 1), p.Name[0] != 'x' }

func TestProcessesThatShareAPortAreNotProbedAllAtOnce(t *testing.T) {
	well := domain.NewCheck("well", func(context.Context, domain.Process) domain.Verdict { return domain.Verdict{} })
	w := &Watchdog{config: Config{Watches: []domain.Watch{{Checks: []domain.Check{onPort{well}}}}}}
	tests := map[string]struct {
		names []string
		want  []int // how many exams each lane has
	}{
		"ports of their own":                       {[]string{"a", "b", "c", "d", "e", "f"}, []int{1, 1, 1, 1, 1, 1}},
		"no ports":                                 {[]string{"x", "x", "x", "x", "x", "x"}, []int{1, 1, 1, 1, 1, 1}},
		"few enough on one port":                   {[]string{"a", "a", "a", "a"}, []int{1, 1, 1, 1}},
		"one more than that":                       {[]string{"a", "a", "a", "a", "a"}, []int{1, 2, 1, 1}},
		"ten on one port, and others between them": {[]string{"a", "b", "a", "a", "a", "a", "x", "a", "a", "a", "a", "a"}, []int{2, 1, 3, 3, 2, 1}},
		"nobody": {nil, []int{}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var exams []exam
			for _, n := range test.names {
				exams = append(exams, exam{process: domain.Process{ID: domain.ID{Group: "g", Name: n}}})
			}
			got, total := []int{}, 0
			for _, lane := range w.lanes(exams) {
				got = append(got, len(lane))
				total += len(lane)
			}
			if diff := cmp.Diff(test.want, got); diff != "" || total != len(exams) {
				t.Errorf("%d of %d exams in lanes of %s", total, len(exams), diff)
			}
		})
	}
}
