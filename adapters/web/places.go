package web

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// How many connections one way in has room for: streams, and all others beside them. A crowd at one way in takes no place of another.
const (
	mostStreams = 100
	mostShort   = 64
)

// hurry is how long a connection may ask nothing while others wait for a place.
const hurry = 250 * time.Millisecond

// places are the connections of one way in. While all are taken, those that ask nothing give way to who comes: idle ones, and
// those whose request does not get on. An answer that is under way is never given up for another.
type places struct {
	net.Listener
	taken chan struct{}

	mu      sync.Mutex
	asking  map[net.Conn]time.Time // connections without a whole request, and since when
	closing chan struct{}
	once    sync.Once
}

func newPlaces(l net.Listener, most int) *places {
	return &places{Listener: l, taken: make(chan struct{}, most), asking: map[net.Conn]time.Time{}, closing: make(chan struct{})}
}

// Accept waits for a connection, and then for a place.
func (p *places) Accept() (net.Conn, error) {
	conn, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	for {
		select {
		case p.taken <- struct{}{}:
			return p.place(conn), nil
		default:
		}
		select {
		case p.taken <- struct{}{}:
			return p.place(conn), nil
		case <-p.closing:
			conn.Close()
			return nil, net.ErrClosed
		case <-time.After(p.makeRoom(time.Now())):
		}
	}
}

func (p *places) place(conn net.Conn) net.Conn {
	return &placed{Conn: conn, leave: sync.OnceFunc(func() { <-p.taken })}
}

// makeRoom closes the connection that has asked nothing for longest, if that was long enough, and returns when to look again.
func (p *places) makeRoom(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	var longest net.Conn
	for conn, since := range p.asking {
		if longest == nil || since.Before(p.asking[longest]) {
			longest = conn
		}
	}
	if longest == nil {
		return hurry
	}
	if left := hurry - now.Sub(p.asking[longest]); left > 0 {
		return left
	}
	delete(p.asking, longest)
	longest.Close()
	return hurry
}

// note is told by the server what becomes of a connection.
func (p *places) note(conn net.Conn, state http.ConnState) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch state {
	case http.StateNew, http.StateIdle:
		p.asking[conn] = time.Now()
	default:
		delete(p.asking, conn)
	}
}

// Close closes the listener.
func (p *places) Close() error {
	p.once.Do(func() { close(p.closing) })
	return p.Listener.Close()
}

// placed is a connection that has a place.
type placed struct {
	net.Conn
	leave func()
}

// Close gives the place back.
func (p *placed) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

// unwanted has nobody wait for the body of a request that is not read: what does not come would take a place.
func unwanted(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength != 0 {
		w.Header().Set("Connection", "close")
		_ = http.NewResponseController(w).SetReadDeadline(time.Now()) // a server without deadlines waits
	}
}

// bodiless serves requests that have no body, or orders.
func bodiless(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost {
			unwanted(w, r)
		}
		next.ServeHTTP(w, r)
	})
}

// seated serves a stream while there are seats, so that there are always places for short requests.
func seated(stream http.Handler, seats chan struct{}) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case seats <- struct{}{}:
			defer func() { <-seats }()
			stream.ServeHTTP(w, r)
		default:
			Answer(w, http.StatusServiceUnavailable, Done{Version: Version, Error: "too many streams are open; close one, or wait"})
		}
	})
}
