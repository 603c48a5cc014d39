package domain

import "strings"

// IsToken reports whether the text is a token of RFC 9110 section 5.6.2, as the methods and the header names of HTTP are.
func IsToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// WithoutCredentials is the URL of a supervisord without user and password. A badly written password may hold a slash, so
// all up to the last @ is taken for credentials. The path of a unix URL is raw, may hold any byte, and is left alone.
func WithoutCredentials(url string) string {
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok || scheme == "unix" {
		return url
	}
	return scheme + "://" + rest[strings.LastIndex(rest, "@")+1:]
}
