package checks

import (
	"encoding/base64"
	"errors"
	"net/url"
	"strings"
)

// hidden stands where a secret was, or might be.
const hidden = "***"

// secrets are texts that no reason may contain. Servers and libraries echo what they were sent.
type secrets []string

// credentials returns what must be hidden of a request: its password, also as it travels, and its query, where
// tokens stand. A query of a few characters is none, and hiding it would spoil the text around.
func credentials(username, password, target string) secrets {
	var s secrets
	if password != "" {
		s = append(s, base64.StdEncoding.EncodeToString([]byte(username+":"+password)), password)
	}
	if _, query, _ := strings.Cut(target, "?"); len(query) >= 8 {
		s = append(s, query)
	}
	return s
}

// line writes an error as one line of at most 300 characters without the secrets.
func (s secrets) line(err error) string {
	text := err.Error()
	// A *url.Error repeats the whole URL; its cause is what matters.
	if outer, ok := errors.AsType[*url.Error](err); ok {
		text = strings.Replace(text, outer.Error(), outer.Err.Error(), 1)
	}
	for _, secret := range s {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " ")
	if runes := []rune(text); len(runes) > 300 {
		text = string(runes[:297]) + "..."
	}
	return text
}

// withoutQuery is the target as a reason shows it.
func withoutQuery(target string) string {
	if path, _, found := strings.Cut(target, "?"); found {
		return path + "?" + hidden
	}
	return target
}

// withoutSecrets is a URL as an error about the settings shows it: without query and without what is before an @.
func withoutSecrets(target string) string {
	if at := strings.LastIndexByte(target, '@'); at >= 0 {
		target = hidden + target[at:]
	}
	return withoutQuery(target)
}
