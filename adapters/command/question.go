//go:build unix

package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"supervisor-healthcheck/domain"
)

// question is a line that a worker reads. It has no more lines than one.
type question struct {
	ID      uint64  `json:"id"`
	Timeout float64 `json:"timeout"` // in seconds
	Process info    `json:"process"`
}

// info is what supervisord's API tells of a process, in its words (getProcessInfo).
type info struct {
	Name        string `json:"name"`
	Group       string `json:"group"`
	Description string `json:"description"`
	Start       int64  `json:"start"`
	Stop        int64  `json:"stop"`
	Now         int64  `json:"now"`
	State       int    `json:"state"`
	StateName   string `json:"statename"`
	SpawnError  string `json:"spawnerr"`
	ExitStatus  int    `json:"exitstatus"`
	Logfile     string `json:"logfile"` // an older name of the next
	StdoutLog   string `json:"stdout_logfile"`
	StderrLog   string `json:"stderr_logfile"`
	PID         int    `json:"pid"`
}

func infoOf(p domain.Process) info {
	i := info{Name: p.Name, Group: p.Group, Start: epoch(p.Started), Stop: epoch(p.Ended), State: int(p.State), StateName: p.State.String(),
		SpawnError: p.SpawnError, ExitStatus: p.ExitStatus, Logfile: p.StdoutLog, StdoutLog: p.StdoutLog, StderrLog: p.StderrLog, PID: p.PID}
	i.Now = i.Start + int64(p.Uptime/time.Second)
	if p.State == domain.Running {
		i.Description = fmt.Sprintf("pid %d, uptime %s", p.PID, uptime(p.Uptime))
	}
	return i
}

func epoch(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// uptime is a duration as Python writes it.
func uptime(d time.Duration) string {
	seconds := int64(d / time.Second)
	text := fmt.Sprintf("%d:%02d:%02d", seconds/3600%24, seconds/60%60, seconds%60)
	switch days := seconds / 86400; days {
	case 0:
		return text
	case 1:
		return "1 day, " + text
	default:
		return fmt.Sprintf("%d days, %s", days, text)
	}
}

// answer is a line that a worker writes.
type answer struct {
	ID      *uint64 `json:"id"`
	Verdict string  `json:"verdict"` // healthy, unhealthy or unknown
	Reason  string  `json:"reason"`
	Warning string  `json:"warning"`
}

// errNoAnswer is about a line that is none.
var errNoAnswer = errors.New(`it is no answer such as {"id": 1, "verdict": "healthy", "reason": "..."}`)

// readAnswer reads a line, and which question it answers. A verdict that is none makes the answer an error.
func readAnswer(line []byte) (id uint64, v domain.Verdict, err error) {
	var a answer
	if err := json.Unmarshal(line, &a); err != nil || a.ID == nil {
		return 0, domain.Verdict{}, errNoAnswer
	}
	switch a.Verdict {
	case "healthy":
		v.Health = domain.Healthy
	case "unhealthy":
		v.Health = domain.Unhealthy
	case "unknown":
	default:
		return *a.ID, domain.Verdict{}, fmt.Errorf("the worker has answered with the verdict %.20q: it must be healthy, unhealthy or unknown", a.Verdict)
	}
	v.Reason = a.Reason
	if a.Warning != "" {
		v = v.Warn("%s", a.Warning)
	}
	return *a.ID, v, nil
}
