package watchdog_test

import (
	"errors"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

func TestTheLogsTellHowAProcessEndsOverAndOver(t *testing.T) {
	for name, tt := range map[string]struct {
		exit domain.Exit
		err  error
		want *domain.Exit
	}{
		"by a status":               {domain.Exit{Status: 139}, nil, &domain.Exit{Status: 139}},
		"or not, and it is said so": {domain.Exit{}, errors.New("no log"), nil},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *stage) {
				s.run("web:a")
				logs := mocks.NewMockProcessLogs(gomock.NewController(t))
				logs.EXPECT().LastExit(gomock.Any(), "a").Return(tt.exit, tt.err)
				s.world.Logs = logs
				s.watch(domain.DropIn(), "web:*")
				stop := s.listen()
				s.fed()
				s.tick()
				for range 5 {
					s.die(named("web:a"), 1, true)
					s.pass(2 * time.Second)
					s.tick()
				}
				stop()
				said := s.said.last
				if said.Kind != domain.ReportFlapping || said.Deaths == nil {
					t.Fatalf("the last report is %+v", said)
				}
				if diff := cmp.Diff(tt.want, said.Deaths.Exit); diff != "" {
					t.Error(diff)
				}
			})
		})
	}
}
