package watchdog

import "supervisor-healthcheck/domain"

// lanes splits the exams into those that may run side by side. Processes that share a TCP port are one service to
// the checks, which is not to be probed by all of them at once: they share a few lanes.
func (w *Watchdog) lanes(exams []exam) [][]exam {
	ports := make([]int, len(exams))
	users := map[int]int{}
	for i, x := range exams {
		ports[i] = w.port(x)
		users[ports[i]]++
	}
	lanes := make([][]exam, 0, len(exams))
	shared := map[int][]int{} // by port, the lanes that its exams share
	for i, x := range exams {
		port := ports[i]
		if own := shared[port]; len(own) == sameService {
			lane := own[users[port]%sameService]
			users[port]--
			lanes[lane] = append(lanes[lane], x)
			continue
		}
		if port != 0 && users[port] > sameService {
			shared[port] = append(shared[port], len(lanes))
		}
		lanes = append(lanes, exams[i:i+1:i+1])
	}
	return lanes
}

// sameService is how many checks of one TCP port run at a time.
const sameService = 4

// port returns the TCP port that the checks of the exam probe, 0 if they probe none.
func (w *Watchdog) port(x exam) int {
	for _, check := range w.watchOf(x).Checks {
		if listening, ok := check.(domain.Listening); ok {
			if port, known := listening.Port(x.process); known {
				return port
			}
		}
	}
	return 0
}
