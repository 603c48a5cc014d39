package history

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Version is that of the documents: it changes when a field goes or means something else, not when one is added.
const Version = 1

// MostEvents is how many events may be asked for at once.
const MostEvents = 100_000

const (
	usualEvents = 1000
	alive       = 15 * time.Second // between two signs of life of a stream
	patience    = 10 * time.Second // with who reads
)

// Pages are what is served of a history, by patterns of http.ServeMux.
func (h *History) Pages() map[string]http.Handler {
	return map[string]http.Handler{
		"GET /v1/history": http.HandlerFunc(h.history),
		"GET /v1/events":  http.HandlerFunc(h.events),
	}
}

// Streams are likewise what is served for as long as somebody reads. Who serves them says to how many.
func (h *History) Streams() map[string]http.Handler {
	return map[string]http.Handler{"GET /v1/events/stream": http.HandlerFunc(h.stream)}
}

// events serves {"version":1,"kept_since":TIME,"events":[...]}, the newest last.
func (h *History) events(w http.ResponseWriter, r *http.Request) {
	q, err := query(r)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	head(w, "application/json")
	out := bufio.NewWriter(w)
	_, _ = fmt.Fprintf(out, `{"version":%d,`, Version) // what cannot be written, nobody reads
	if at := oldest(h.parts()); !at.IsZero() {
		_, _ = fmt.Fprintf(out, `"kept_since":%q,`, at.Format(time.RFC3339Nano))
	}
	_, _ = out.WriteString(`"events":[`)
	between := ""
	_ = h.Events(q, func(line []byte) error {
		_, _ = out.WriteString(between)
		between = ","
		_, err := out.Write(line)
		return err
	})
	_, _ = out.WriteString("]}\n")
	_ = out.Flush()
}

func query(r *http.Request) (q Query, err error) {
	values := r.URL.Query()
	q = Query{Limit: usualEvents, Process: values.Get("process"), Kinds: values["kind"]}
	if text := values.Get("limit"); text != "" {
		if q.Limit, err = strconv.Atoi(text); err != nil || q.Limit < 1 || q.Limit > MostEvents {
			return q, fmt.Errorf("limit %q: write a whole number from 1 to %d", text, MostEvents)
		}
	}
	q.Since, err = sinceOf(values)
	return q, err
}

func sinceOf(values url.Values) (since time.Time, err error) {
	text := values.Get("since")
	if text == "" {
		return since, nil
	}
	if since, err = time.Parse(time.RFC3339, text); err != nil {
		return since, fmt.Errorf("since %q: write a time such as 2030-01-31T12:00:00Z", text)
	}
	return since, nil
}

// stream serves each event as it happens, as a server-sent event. A reader that does not read is left.
func (h *History) stream(w http.ResponseWriter, r *http.Request) {
	lines, ok := h.streams.open()
	if !ok {
		refuse(w, http.StatusServiceUnavailable, errors.New("the listener ends"))
		return
	}
	defer h.streams.leave(lines)
	head(w, "text/event-stream")
	control := http.NewResponseController(w)
	_ = control.SetReadDeadline(time.Time{}) // that of the request would end the stream; a server without deadlines has none to change
	if send(w, control, ": it begins\n\n") != nil || r.Method == http.MethodHead {
		return
	}
	beat := time.NewTicker(alive)
	defer beat.Stop()
	for {
		text := ": alive\n\n"
		select {
		case <-r.Context().Done():
			return
		case <-beat.C:
		case line, open := <-lines:
			if !open {
				return
			}
			text = "data: " + string(line) + "\n\n"
		}
		if send(w, control, text) != nil {
			return
		}
	}
}

func send(w http.ResponseWriter, control *http.ResponseController, text string) error {
	_ = control.SetWriteDeadline(time.Now().Add(patience))
	if _, err := w.Write([]byte(text)); err != nil {
		return err
	}
	return control.Flush()
}

func head(w http.ResponseWriter, kind string) {
	header := w.Header()
	header.Set("Content-Type", kind)
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
}

func refuse(w http.ResponseWriter, status int, err error) {
	head(w, "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(struct {
		Version int    `json:"version"`
		Error   string `json:"error"`
	}{Version, err.Error()})
}
