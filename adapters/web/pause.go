package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"supervisor-healthcheck/domain"
)

// Order is the document of POST /v1/pause, and without Seconds and Reason of POST /v1/resume.
type Order = domain.Order

// Done is the answer to an Order.
type Done struct {
	Version   int      `json:"version"`
	Processes []string `json:"processes"` // which it was about
	Error     string   `json:"error,omitempty"`
}

func (s *Server) pause(w http.ResponseWriter, r *http.Request) { s.obey(w, r, Order.CheckPause) }

func (s *Server) resume(w http.ResponseWriter, r *http.Request) { s.obey(w, r, Order.CheckResume) }

// obey does what an order says. A page of a browser elsewhere cannot send one: it may not send this type without being asked first.
func (s *Server) obey(w http.ResponseWriter, r *http.Request, check func(Order) error) {
	var o Order
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := domain.ReadOrder(http.MaxBytesReader(w, r.Body, domain.LongestOrder), &o)
	if kind != "application/json" {
		Answer(w, http.StatusUnsupportedMediaType, Done{Version: Version, Error: "write Content-Type: application/json"})
		return
	}
	if err == nil {
		err = check(o)
	}
	if err != nil {
		Answer(w, http.StatusBadRequest, Done{Version: Version, Error: err.Error()})
		return
	}
	done := Done{Version: Version, Processes: []string{}}
	for i, found := range s.shown.Suspend(o.Names, o.Lasting(), o.Reason) {
		if len(found) == 0 {
			Answer(w, http.StatusNotFound, Done{Version: Version, Error: fmt.Sprintf("%q is no process, group or section that is looked after here", o.Names[i])})
			return
		}
		done.add(found)
	}
	Answer(w, http.StatusOK, done)
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
