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

// ShownURL is a URL as a message shows it: not at all if there may be a password in it, well written or not. Such are what stands
// before an @, what stands where a port belongs but is no number, and a query.
func ShownURL(raw string) string {
	const not = "(not shown)"
	if strings.HasPrefix(raw, "unix:") && !strings.Contains(raw, "@") {
		return raw
	}
	_, after, found := strings.Cut(raw, "://")
	if !found {
		after = raw
	}
	host, _, _ := strings.Cut(after, "/")
	_, port, _ := strings.Cut(host, ":")
	if strings.HasPrefix(host, "[") {
		_, port, _ = strings.Cut(host, "]:")
	}
	if strings.ContainsAny(raw, "@?#") || strings.Trim(port, "0123456789") != "" {
		return not
	}
	return raw
}

// WithoutQuery is a URL, or what follows the host in it, without its query.
func WithoutQuery(target string) string {
	if path, _, found := strings.Cut(target, "?"); found {
		return path + "?" + Hidden
	}
	return target
}

// WithoutSecrets is a URL as an error about the settings shows it: without its query and without what is before an @.
func WithoutSecrets(target string) string {
	if at := strings.LastIndexByte(target, '@'); at >= 0 {
		target = Hidden + target[at:]
	}
	return WithoutQuery(target)
}
