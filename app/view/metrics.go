package view

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"supervisor-healthcheck/adapters/web"
)

// Metrics are those of the one listener that is meant, in the text format of Prometheus. Those of several cannot be put together:
// each counts for itself.
func Metrics(ctx context.Context, w Where) (string, error) {
	var texts, live, wrong []string
	for _, socket := range w.sockets() {
		text, err := web.Text(ctx, socket, "/metrics")
		switch {
		case w.gone(err):
		case err != nil:
			wrong = append(wrong, err.Error())
		default:
			texts, live = append(texts, text), append(live, socket)
		}
	}
	switch {
	case len(texts) == 1:
		return texts[0], nil
	case len(texts) > 1:
		return "", fmt.Errorf("there are %d listeners, and each has metrics of its own: name one of them with --socket, such as %s", len(texts), live[0])
	case len(wrong) > 0:
		return "", errors.New(strings.Join(wrong, "\n"))
	}
	return "", w.nobody()
}
