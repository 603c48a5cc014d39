package stderr_test

import (
	"io"
	"log/slog"
	"testing"
	"testing/synctest"

	"supervisor-healthcheck/adapters/stderr"
)

// utc keeps the test independent of where it runs.
func utc() *slog.HandlerOptions {
	return &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			a.Value = slog.TimeValue(a.Value.Time().UTC())
		}
		return a
	}}
}

func TestNoteSpeaksTheFormatOfTheLog(t *testing.T) {
	for name, c := range map[string]struct {
		handler func(io.Writer) slog.Handler
		want    string
	}{
		"json": {
			handler: func(w io.Writer) slog.Handler { return slog.NewJSONHandler(w, utc()) },
			want:    `{"time":"2000-01-01T00:00:00Z","level":"WARN","msg":"log lines were dropped","lines":7}` + "\n",
		},
		"text": {
			handler: func(w io.Writer) slog.Handler { return slog.NewTextHandler(w, utc()) },
			want:    `time=2000-01-01T00:00:00.000Z level=WARN msg="log lines were dropped" lines=7` + "\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				if got := string(stderr.Note(c.handler)(7)); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
			})
		})
	}
}
