package checks

import (
	"maps"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// checkTarget returns what is wrong with the part of a URL that follows the host.
func checkTarget(target string) error {
	if cure := targetCure(target); cure != "" {
		return wrong("url", domain.WithoutSecrets(target), cure)
	}
	return nil
}

func targetCure(target string) string {
	if !strings.HasPrefix(target, "/") {
		return "write what follows host and port in the URL, beginning with a slash, such as /ping; the host is always 127.0.0.1"
	}
	if strings.ContainsFunc(target, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "write blanks and control characters percent-encoded, such as %20"
	}
	if _, err := url.Parse("http://127.0.0.1" + target); err != nil {
		return "write %25 for a percent sign that begins no percent-encoding"
	}
	return ""
}

func checkMethod(method string) error {
	if !domain.IsToken(method) {
		return wrong("method", method, "write an HTTP method such as GET, HEAD or POST")
	}
	return nil
}

func checkHeaders(headers map[string]string) error {
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		canonical := textproto.CanonicalMIMEHeaderKey(name)
		switch {
		case name == "":
			return wrong("headers", "", "write a header name of letters, digits and dashes, such as X-Probe")
		case !domain.IsToken(name): // it may be anything, such as the value
			return wrong("headers", hidden, "write a header name of letters, digits and dashes, such as X-Probe")
		case strings.ContainsFunc(headers[name], func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
			return wrong("headers", name, "write its value as one line without control characters")
		case seen[canonical]:
			return wrong("headers", name, "write each header once; capitals make no difference")
		}
		seen[canonical] = true
	}
	return nil
}
