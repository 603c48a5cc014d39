package engine

import (
	"testing"
	"time"

	"supervisor-healthcheck/domain"
)

func TestHowItIsKnownThatStateChangesAreSubscribed(t *testing.T) {
	self, other := domain.ID{Group: "lst", Name: "lst"}, domain.ID{Group: "web", Name: "a"}
	event := func(n int64, id domain.ID, to domain.State) Input {
		return Changed{Numbers{Serial: n, PoolSerial: n}, domain.StateChange{ID: id, To: to}}
	}
	tests := map[string]struct {
		events []Input
		want   bool
	}{
		"nothing was heard":                                     {nil, false},
		"our own start from end to end":                         {[]Input{event(0, self, domain.Starting), event(1, self, domain.Running)}, true},
		"only the end of it":                                    {[]Input{event(0, self, domain.Running)}, false},
		"only the end of it, after the very first event of all": {[]Input{event(0, other, domain.Running), event(1, self, domain.Running)}, false},
		"only its beginning":                                    {[]Input{event(0, self, domain.Starting)}, false},
		"the start of another":                                  {[]Input{event(0, other, domain.Starting), event(1, other, domain.Running)}, false},
		"the end of it after events got lost before the first":  {[]Input{event(97, self, domain.Running)}, true},
		"the end of it after a gap":                             {[]Input{event(0, other, domain.Starting), event(5, self, domain.Running)}, true},
		"a crowd of others after events got lost": {[]Input{event(90, other, domain.Running), event(91, other, domain.Running),
			event(92, other, domain.Running), event(93, other, domain.Running), event(94, other, domain.Running)}, true},
		"a crowd of others with a tick among them": {[]Input{event(90, other, domain.Running), event(91, other, domain.Running),
			Ticked{Numbers: Numbers{Serial: 92, PoolSerial: 92}}, event(93, other, domain.Running), event(94, other, domain.Running),
			event(95, other, domain.Running)}, false},
		"a crowd of others, and nothing got lost": {[]Input{event(0, other, domain.Running), event(1, other, domain.Running),
			event(2, other, domain.Running), event(3, other, domain.Running), event(4, other, domain.Running)}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			e := New(Config{Self: self})
			for _, in := range test.events {
				e.Handle(in, time.Now())
			}
			if got := e.Snapshot(time.Now()).Eventful; got != test.want {
				t.Errorf("eventful is %t", got)
			}
		})
	}
}
