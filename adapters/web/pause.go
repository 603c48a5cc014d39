package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode"

	"supervisor-healthcheck/domain"
)

// What a pause may be. It always ends by itself.
const (
	LongestPause  = 30 * 24 * time.Hour
	longestReason = 200
	mostNames     = 1000
	longestOrder  = 64 << 10
)

// Order is the document of POST /v1/pause, and without Seconds and Reason of POST /v1/resume.
type Order struct {
	Names   []string `json:"names"` // as for supervisorctl, or of watches
	Seconds float64  `json:"seconds,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// Done is the answer to an Order.
type Done struct {
	Version   int      `json:"version"`
	Processes []string `json:"processes"` // which it was about
	Error     string   `json:"error,omitempty"`
}

func (s *Server) pause(w http.ResponseWriter, r *http.Request) {
	s.obey(w, r, func(o Order) error {
		switch {
		case !(o.Seconds > 0) || o.Seconds > LongestPause.Seconds():
			return fmt.Errorf("seconds %g: write how long it lasts, from 1 to %.0f", o.Seconds, LongestPause.Seconds())
		case len(o.Reason) > longestReason || strings.ContainsFunc(o.Reason, unicode.IsControl):
			return fmt.Errorf("reason: write one line of at most %d bytes", longestReason)
		}
		return nil
	})
}

func (s *Server) resume(w http.ResponseWriter, r *http.Request) {
	s.obey(w, r, func(o Order) error {
		if o.Seconds != 0 || o.Reason != "" {
			return errors.New("resume has names and nothing else")
		}
		return nil
	})
}

// obey does what an order says. A page of a browser elsewhere cannot send one: it may not send this type without being asked first.
func (s *Server) obey(w http.ResponseWriter, r *http.Request, check func(Order) error) {
	var o Order
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	body := json.NewDecoder(http.MaxBytesReader(w, r.Body, longestOrder))
	body.DisallowUnknownFields()
	err := body.Decode(&o)
	switch {
	case kind != "application/json":
		answer(w, http.StatusUnsupportedMediaType, Done{Version: Version, Error: "write Content-Type: application/json"})
		return
	case err != nil:
		err = fmt.Errorf(`the order cannot be read: write a JSON object such as {"names": ["web"], "seconds": 900}`)
	case len(o.Names) == 0 || len(o.Names) > mostNames:
		err = fmt.Errorf("names: write from 1 to %d", mostNames)
	default:
		err = check(o)
	}
	if err != nil {
		answer(w, http.StatusBadRequest, Done{Version: Version, Error: err.Error()})
		return
	}
	done := Done{Version: Version, Processes: []string{}}
	for i, found := range s.shown.Suspend(o.Names, time.Duration(o.Seconds*float64(time.Second)), o.Reason) {
		if len(found) == 0 {
			answer(w, http.StatusNotFound, Done{Version: Version, Error: fmt.Sprintf("%q is no process, group or section that is looked after here", o.Names[i])})
			return
		}
		done.add(found)
	}
	answer(w, http.StatusOK, done)
}

func (d *Done) add(found []domain.ID) {
	for _, id := range found {
		d.Processes = append(d.Processes, id.String())
	}
}

// ErrNoSuch is the error of Pause and Resume where the listener does not look after what is named.
var ErrNoSuch = errors.New("it looks after nothing of that name")

// Pause has the listener behind a socket do nothing for a while about the processes with these names, and returns which these are.
func Pause(ctx context.Context, socket string, o Order) ([]string, error) {
	return order(ctx, socket, "/v1/pause", o)
}

// Resume ends that.
func Resume(ctx context.Context, socket string, names []string) ([]string, error) {
	return order(ctx, socket, "/v1/resume", Order{Names: names})
}

func order(ctx context.Context, socket, path string, o Order) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, asking)
	defer cancel()
	body, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var done Done
	status, err := exchange(ctx, socket, http.MethodPost, path, body, &done)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound && done.Error != "":
		return nil, ErrNoSuch
	case status != http.StatusOK:
		return nil, fmt.Errorf("%s: %s", socket, done.Error)
	}
	return done.Processes, nil
}
