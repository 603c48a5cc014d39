package web

import (
	"net/netip"
	"sync"
	"time"
)

// How often an address may be wrong: so many times at once, and then once in a while. What comes beyond that is not looked at, so
// that no answer and no silence tells whether it was right.
const (
	wrongAtOnce = 10
	wrongEvery  = time.Second
	mostWrong   = 4096 // addresses that are remembered
)

// guesses bound how often secrets are tried.
type guesses struct {
	mu   sync.Mutex
	next map[netip.Prefix]time.Time // when all that was wrong is forgotten
}

// guess reports whether somebody may try; right takes back that it was a guess.
func (g *guesses) guess(remote string, now time.Time) (right func(), ok bool) {
	who := neighbours(remote)
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.next[who]
	if at.Before(now) {
		at = now
	}
	if at.Sub(now) > (wrongAtOnce-1)*wrongEvery {
		return nil, false
	}
	g.remember(who, at.Add(wrongEvery), now)
	return func() { g.forget(who) }, true
}

func (g *guesses) forget(who netip.Prefix) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if at, known := g.next[who]; known {
		g.next[who] = at.Add(-wrongEvery)
	}
}

func (g *guesses) remember(who netip.Prefix, at, now time.Time) {
	if g.next == nil {
		g.next = map[netip.Prefix]time.Time{}
	}
	if _, known := g.next[who]; !known && len(g.next) >= mostWrong {
		for other, at := range g.next {
			if delete(g.next, other); at.After(now) { // one that has guessed goes too if all have
				break
			}
		}
	}
	g.next[who] = at
}

// neighbours are the addresses that whoever has one of them may have too.
func neighbours(remote string) netip.Prefix {
	at, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Prefix{}
	}
	address, bits := at.Addr().Unmap().WithZone(""), 32
	if address.Is6() {
		bits = 64
	}
	prefix, _ := address.Prefix(bits) // of an address it cannot fail
	return prefix
}
