package checks

import (
	"errors"
	"net/url"
	"strings"

	"supervisor-healthcheck/domain"
)

// hidden stands where a secret was, or might be.
const hidden = domain.Hidden

// line writes an error as one line of at most 300 characters without the secrets.
func line(err error, hide domain.Secrets) string {
	text := err.Error()
	// A *url.Error repeats the whole URL; its cause is what matters.
	if outer, ok := errors.AsType[*url.Error](err); ok {
		text = strings.Replace(text, outer.Error(), outer.Err.Error(), 1)
	}
	return hide.Line(text, 300)
}
