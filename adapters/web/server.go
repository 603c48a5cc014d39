package web

import (
	"encoding/json"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// Config says where a listener is seen, and what stands in all that it tells. The zero Mode is 0600.
type Config struct {
	Socket string      // the path of the unix socket
	Mode   fs.FileMode // of the socket
	Group  string      // of the socket: a name or a number; empty: as it comes
	About  Listener    // what is known of the listener from the beginning on
}

// What a client may take.
const (
	mostConnections = 64
	mostHeader      = 16 << 10
	patience        = 10 * time.Second // with a request, and with an answer
	idle            = 30 * time.Second
)

// Server serves. Make it with Open.
type Server struct {
	config   Config
	shown    Listening
	listener net.Listener
	http     http.Server
	served   sync.WaitGroup
	snapshot cache
}

// Listening is the listener that is seen.
type Listening interface {
	ports.Viewer
	ports.Suspender
}

// Open opens the socket, and serves until Close. Its error is one sentence: what is wrong, and what to do.
func Open(c Config, l Listening) (*Server, error) {
	if c.Mode == 0 {
		c.Mode = 0o600
	}
	listener, err := listen(c.Socket, c.Mode, c.Group)
	if err != nil {
		return nil, err
	}
	s := &Server{config: c, shown: l, listener: listener}
	s.http = http.Server{Handler: s.routes(), ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idle, MaxHeaderBytes: mostHeader,
		ErrorLog: log.New(io.Discard, "", 0)}
	s.served.Go(func() { _ = s.http.Serve(limited(listener, mostConnections)) })
	return s, nil
}

// Close ends all connections, and removes the socket.
func (s *Server) Close() {
	_ = s.http.Close() // closes the listener, which removes the socket
	s.served.Wait()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", s.status)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("POST /v1/pause", s.pause)
	mux.HandleFunc("POST /v1/resume", s.resume)
	return mux
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, s.config.About.status(s.look()))
}

// healthz is about the listener itself.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	trouble := s.config.About.trouble(s.look())
	if trouble != "" {
		status = http.StatusServiceUnavailable
	}
	answer(w, status, struct {
		Version int    `json:"version"`
		Healthy bool   `json:"healthy"`
		Trouble string `json:"trouble,omitempty"`
	}{Version, trouble == "", trouble})
}

func answer(w http.ResponseWriter, status int, document any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // who has gone away reads nothing
}

// look returns a snapshot that is young enough.
func (s *Server) look() domain.Snapshot { return s.snapshot.get(s.shown.Snapshot) }

// freshFor is how long a snapshot is shown to all who ask.
const freshFor = 500 * time.Millisecond

// cache keeps the snapshot, so that the listener is asked for one no more often than anybody can look, however many do.
type cache struct {
	mu    sync.Mutex
	taken time.Time
	last  domain.Snapshot
}

// forget has the next look be a new one.
func (c *cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = time.Time{}
}

func (c *cache) get(take func() domain.Snapshot) domain.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := time.Now(); now.Sub(c.taken) >= freshFor {
		c.last, c.taken = take(), now
	}
	return c.last
}

// limited lets so many connections be open at a time. More wait until the kernel refuses them.
func limited(l net.Listener, most int) net.Listener {
	return &limit{Listener: l, room: make(chan struct{}, most), done: make(chan struct{})}
}

type limit struct {
	net.Listener
	room  chan struct{}
	done  chan struct{}
	close sync.Once
}

// Accept waits for room, and for who comes.
func (l *limit) Accept() (net.Conn, error) {
	select {
	case l.room <- struct{}{}:
	case <-l.done:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.room
		return nil, err
	}
	return &counted{Conn: conn, leave: sync.OnceFunc(func() { <-l.room })}, nil
}

// Close closes the listener.
func (l *limit) Close() error {
	l.close.Do(func() { close(l.done) })
	return l.Listener.Close()
}

type counted struct {
	net.Conn
	leave func()
}

// Close closes the connection and makes room.
func (c *counted) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
