package watchdog

import (
	"testing"

	"supervisor-healthcheck/domain"
)

func TestHowItIsKnownThatStateChangesAreSubscribed(t *testing.T) {
	self, other := domain.ID{Group: "lst", Name: "lst"}, domain.ID{Group: "web", Name: "a"}
	event := func(n int64, id domain.ID, to domain.State) domain.Event {
		return domain.Event{Serial: n, PoolSerial: n, Change: &domain.StateChange{ID: id, To: to}}
	}
	tests := map[string]struct {
		events []domain.Event
		want   bool
	}{
		"nothing was heard":                                    {nil, false},
		"our own start from end to end":                        {[]domain.Event{event(0, self, domain.Starting), event(1, self, domain.Running)}, true},
		"only the end of it":                                   {[]domain.Event{event(0, self, domain.Running)}, false},
		"only its beginning":                                   {[]domain.Event{event(0, self, domain.Starting)}, false},
		"the start of another":                                 {[]domain.Event{event(0, other, domain.Starting), event(1, other, domain.Running)}, false},
		"the end of it after events got lost before the first": {[]domain.Event{event(97, self, domain.Running)}, true},
		"the end of it after a gap":                            {[]domain.Event{event(0, other, domain.Starting), event(5, self, domain.Running)}, true},
		"a crowd of others after events got lost": {[]domain.Event{event(90, other, domain.Running), event(91, other, domain.Running),
			event(92, other, domain.Running), event(93, other, domain.Running), event(94, other, domain.Running)}, true},
		"a crowd of others with a tick among them": {[]domain.Event{event(90, other, domain.Running), event(91, other, domain.Running),
			{Serial: 92, PoolSerial: 92, Tick: &domain.Tick{}}, event(93, other, domain.Running), event(94, other, domain.Running),
			event(95, other, domain.Running)}, false},
		"a crowd of others, and nothing got lost": {[]domain.Event{event(0, other, domain.Running), event(1, other, domain.Running),
			event(2, other, domain.Running), event(3, other, domain.Running), event(4, other, domain.Running)}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			table := newTable(nil, nil, Config{Self: self})
			for _, e := range test.events {
				table.received(e)
			}
			if table.fed() != test.want {
				t.Errorf("fed is %t", table.fed())
			}
		})
	}
}
