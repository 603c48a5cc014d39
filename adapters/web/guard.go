package web

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// guard stands before what is served over TCP. It lets in who asks for this machine by a name of it, and who knows what has to be known;
// it lets nobody change anything but by the token, which no browser sends by itself.
type guard struct {
	next    http.Handler
	address netip.Addr // where it is served
	names   []string   // of this machine, besides localhost

	credentials atomic.Pointer[Credentials]
	guesses     guesses
}

// ServeHTTP implements http.Handler.
func (g *guard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !g.named(r.Host) { // a page of a browser that has another name resolve to this machine comes with that name
		refuse(w, r, http.StatusMisdirectedRequest, "it is not served under this name; listen_names may have more")
		return
	}
	who := reader
	if c := *g.credentials.Load(); c.asked() {
		if who = g.admit(w, r, c); who == stranger {
			return
		}
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead && who != owner {
		refuse(w, r, http.StatusForbidden, "orders are given through the unix socket, or with the token of listen_token_file")
		return
	}
	g.next.ServeHTTP(w, r)
}

// admit answers a stranger.
func (g *guard) admit(w http.ResponseWriter, r *http.Request, c Credentials) standing {
	who := stranger
	if r.Header.Get("Authorization") != "" {
		right, ok := g.guesses.guess(r.RemoteAddr, time.Now())
		if !ok {
			w.Header().Set("Retry-After", "10")
			refuse(w, r, http.StatusTooManyRequests, "wrong too often; try again later")
			return stranger
		}
		if who = c.of(r); who != stranger {
			right()
		}
	}
	if who == stranger {
		c.challenge(w.Header())
		refuse(w, r, http.StatusUnauthorized, "a name with a password, or a token, is needed")
	}
	return who
}

// refuse answers who may not do what he asks for.
func refuse(w http.ResponseWriter, r *http.Request, status int, why string) {
	unwanted(w, r)
	Answer(w, status, Done{Version: Version, Error: why})
}

// named reports whether a request is for this machine. Nobody can have an address resolve to another one.
func (g *guard) named(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if address, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		return address.Unmap().IsLoopback() || !g.address.IsLoopback()
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == "localhost" || slices.Contains(g.names, host)
}
