package web

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/ports"
)

// Config says where a listener is seen, and what stands in all that it tells. The zero Mode is 0600.
type Config struct {
	Socket string      // the path of the unix socket
	Mode   fs.FileMode // of the socket
	Group  string      // of the socket: a name or a number; empty: as it comes

	Address string                  // host:port of this machine alone, where it is seen too and takes no orders; empty: none
	Pages   map[string]http.Handler // what is served besides, by patterns of http.ServeMux
	Streams map[string]http.Handler // likewise, for as long as somebody reads

	About Listener // what is known of the listener from the beginning on
}

// What a client may take.
const (
	mostHeader = 16 << 10
	patience   = 10 * time.Second // with a request, and with an answer
	idle       = 30 * time.Second
)

// Server serves. Make it with Open.
type Server struct {
	config  Config
	shown   Listening
	servers []*http.Server
	address net.Addr
	served  sync.WaitGroup
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
	s := &Server{config: c, shown: Recent(l)}
	if c.Socket != "" || c.Address == "" {
		listener, err := listen(c.Socket, c.Mode, c.Group)
		if err != nil {
			return nil, err
		}
		s.serve(listener, s.routes())
	}
	if c.Address != "" {
		listener, err := net.Listen("tcp", c.Address)
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("listen %s: %w", c.Address, reason(err))
		}
		s.serve(listener, guarded(s.routes()))
		s.address = listener.Addr()
	}
	return s, nil
}

// serve serves on one more listener.
func (s *Server) serve(l net.Listener, handler http.Handler) {
	p := newPlaces(l, mostStreams+mostShort)
	server := &http.Server{Handler: handler, ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idle, MaxHeaderBytes: mostHeader,
		DisableGeneralOptionsHandler: true, ConnState: p.note, ErrorLog: log.New(io.Discard, "", 0)}
	s.servers = append(s.servers, server)
	s.served.Go(func() { _ = server.Serve(p) })
}

// Address is where it is seen over TCP, nil if it is not.
func (s *Server) Address() net.Addr { return s.address }

// guarded serves who is on this machine, and lets nobody change anything. A page of a browser that has another name resolve to this
// machine comes with that name and is shown nothing.
func guarded(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !ownName(r.Host):
			answer(w, http.StatusMisdirectedRequest, Done{Version: Version, Error: "this is served as localhost alone"})
		case r.Method != http.MethodGet && r.Method != http.MethodHead:
			answer(w, http.StatusForbidden, Done{Version: Version, Error: "orders are given through the unix socket"})
		default:
			handler.ServeHTTP(w, r)
		}
	})
}

func ownName(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	address, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return host == "localhost" || err == nil && address.IsLoopback()
}

// Close ends all connections, and removes the socket.
func (s *Server) Close() {
	for _, server := range s.servers {
		_ = server.Close() // closes the listener, which removes the socket
	}
	s.served.Wait()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", s.status)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("POST /v1/pause", s.pause)
	mux.HandleFunc("POST /v1/resume", s.resume)
	for pattern, page := range s.config.Pages {
		mux.Handle(pattern, page)
	}
	seats := make(chan struct{}, mostStreams)
	for pattern, stream := range s.config.Streams {
		mux.Handle(pattern, seated(stream, seats))
	}
	return mux
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, s.config.About.status(s.shown.Snapshot()))
}

// healthz is about the listener itself.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	trouble := s.config.About.trouble(s.shown.Snapshot())
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
