package web

import (
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
)

// Credentials are what must be known by who asks over TCP. The zero value asks for nothing. No secret can be made of one.
type Credentials struct {
	basic, token *[sha256.Size]byte // of the name with the password, and of the token
}

// NewCredentials asks for the name with the password, by which browsers see everything, or for the token, by which programs may change
// something too. What is empty admits nobody.
func NewCredentials(user, password, token string) Credentials {
	var c Credentials
	if password != "" {
		c.basic = hashed(user + ":" + password) // a name has no colon
	}
	if token != "" {
		c.token = hashed(token)
	}
	return c
}

func hashed(text string) *[sha256.Size]byte {
	sum := sha256.Sum256([]byte(text))
	return &sum
}

// is compares in a time that does not hang on what is right.
func is(wanted *[sha256.Size]byte, text string) bool {
	return wanted != nil && subtle.ConstantTimeCompare(wanted[:], hashed(text)[:]) == 1
}

// asked reports whether they ask for anything.
func (c Credentials) asked() bool { return c.basic != nil || c.token != nil }

// standing is what somebody may do.
type standing int

const (
	stranger standing = iota // nothing
	reader                   // see everything
	owner                    // and change something
)

// of is the standing of who has sent a request.
func (c Credentials) of(r *http.Request) standing {
	switch user, password, basic := r.BasicAuth(); {
	case basic && is(c.basic, user+":"+password):
		return reader
	case basic:
		return stranger
	}
	if scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "Bearer") && is(c.token, strings.TrimSpace(token)) {
		return owner
	}
	return stranger
}

// challenge says in an answer what is asked for.
func (c Credentials) challenge(h http.Header) {
	const realm = ` realm="supervisor-healthcheck"`
	if c.basic != nil {
		h.Add("WWW-Authenticate", "Basic"+realm+`, charset="UTF-8"`)
	}
	if c.token != nil {
		h.Add("WWW-Authenticate", "Bearer"+realm)
	}
}
