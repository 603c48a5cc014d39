package engine

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

// A listener that is killed a moment after a stop has not kept in the ledger that there was one. Its next life knows it from
// the journal.
func TestARestartThatAnEarlierLifeCouldNotKeepIsCounted(t *testing.T) {
	begun := noon().Add(-time.Minute)
	for name, tt := range map[string]struct {
		phase domain.Phase
		kept  []domain.Act
		want  int
	}{
		"it is not in the ledger":               {domain.StopAccepted, nil, 1},
		"it is":                                 {domain.StopAccepted, []domain.Act{{At: begun.Add(20 * time.Millisecond)}}, 1},
		"an earlier one is":                     {domain.StopSent, []domain.Act{{At: begun.Add(-time.Hour)}}, 2},
		"nothing had been sent, so it was none": {domain.Planned, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			e := New(Config{Watches: []domain.Watch{{Name: "x", Select: domain.SelectGroup("web"), Policy: domain.Recommended()}}})
			id := domain.ID{Group: "web", Name: "a"}
			e.Handle(Loading{}, noon())
			e.Handle(Loaded{Histories: map[domain.ID]domain.History{id: {Acts: tt.kept}}}, noon())
			e.Handle(Loaded{Unfinished: []domain.Restart{{Instance: domain.Instance{ID: id, PID: 7}, Phase: tt.phase, Supervisor: 1, Begun: begun}}}, noon())
			e.Handle(Ticked{}, noon())
			e.Handle(Listed{Processes: []domain.Process{{ID: id, State: domain.Stopped}}}, noon())
			p := e.table.rows[id]
			if len(p.Acts) != tt.want {
				t.Errorf("%d acts, want %d", len(p.Acts), tt.want)
			}
			if !p.restarting {
				t.Error("it is not known that its restart is under way")
			}
		})
	}
}
