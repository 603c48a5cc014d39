package history

import (
	"encoding/json"
	"net/http"
	"time"
)

// rows are those of the files and what was gathered since. A listener that keeps none has none.
func (h *History) rows(q RowQuery, each func(Row) error) error {
	r := h.samples.Load()
	if r == nil {
		return nil
	}
	if err := Rows(r.path, q, each); err != nil {
		return err
	}
	return r.gatherer.rows(time.Now().UTC().Truncate(time.Second), q, each)
}

// history serves strips of all processes, or with process=NAME the samples of one.
func (h *History) history(w http.ResponseWriter, r *http.Request) {
	since, err := sinceOf(r.URL.Query())
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	if process := r.URL.Query().Get("process"); process != "" {
		h.serveSamples(w, process, since)
		return
	}
	h.serveStrips(w)
}

func (h *History) serveSamples(w http.ResponseWriter, process string, since time.Time) {
	c := course{all: []Sample{}}
	if err := h.rows(RowQuery{Since: since, Process: process}, c.add); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	tell(w, struct {
		Version int      `json:"version"`
		Samples []Sample `json:"samples"`
	}{Version, c.told()})
}

func (h *History) serveStrips(w http.ResponseWriter) {
	s := newStrips(time.Now())
	if err := h.rows(RowQuery{Since: s.from, Bare: true}, s.add); err != nil {
		refuse(w, http.StatusInternalServerError, err)
		return
	}
	tell(w, struct {
		Version   int               `json:"version"`
		From      time.Time         `json:"from"`
		Step      float64           `json:"step_seconds"`
		Processes map[string]string `json:"processes"`
	}{Version, s.from, mostSpan.Seconds(), s.text()})
}

func tell(w http.ResponseWriter, document any) {
	head(w, "application/json")
	_ = json.NewEncoder(w).Encode(document) // who has gone away reads nothing
}
