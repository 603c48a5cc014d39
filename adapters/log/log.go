// Package log writes reports as lines of a log, in the words of adapters/words.
package log

import (
	"context"
	"log/slog"

	"supervisor-healthcheck/adapters/words"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ ports.Reporter = (*Log)(nil)

// Log is a ports.Reporter. It never waits longer than the handler of its logger.
type Log struct{ logger *slog.Logger }

// New returns a log that writes through logger.
func New(logger *slog.Logger) *Log { return &Log{logger} }

// Report implements ports.Reporter.
func (l *Log) Report(r domain.Report) {
	level, message := words.Headline(r)
	if !l.logger.Enabled(context.Background(), level) {
		return
	}
	l.logger.LogAttrs(context.Background(), level, message, words.Facts(r)...)
}
