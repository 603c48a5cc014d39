package stderr

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"time"
)

// Note returns a function for New that writes its line in the format of the log, whichever that is: handler makes the
// handler of the log for the given output.
func Note(handler func(out io.Writer) slog.Handler) func(dropped int) []byte {
	return func(dropped int) []byte {
		var line bytes.Buffer
		record := slog.NewRecord(time.Now(), slog.LevelWarn, "log lines were dropped", 0)
		record.AddAttrs(slog.Int("lines", dropped))
		_ = handler(&line).Handle(context.Background(), record)
		return line.Bytes()
	}
}
