package web

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"

	"supervisor-healthcheck/ports"
)

// Config says where a listener is seen, and what stands in all that it tells. The zero Mode is 0600.
type Config struct {
	Socket string      // the path of the unix socket
	Mode   fs.FileMode // of the socket
	Group  string      // of the socket: a name or a number; empty: as it comes

	Address     string      // host:port where it is seen over TCP too; empty: none
	Names       []string    // of this machine, under which it is asked there, besides localhost and addresses
	Credentials Credentials // what has to be known there

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
	guard   *guard // of TCP; nil: there is none
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
		s.address = listener.Addr()
		s.guard = &guard{next: s.routes(), address: netip.MustParseAddrPort(s.address.String()).Addr(), names: c.Names}
		s.Renew(c.Credentials)
		s.serve(listener, s.guard)
	}
	return s, nil
}

// serve serves on one more listener.
func (s *Server) serve(l net.Listener, handler http.Handler) {
	p := newPlaces(l, mostStreams+mostShort)
	server := &http.Server{Handler: bodiless(handler), ReadTimeout: patience, WriteTimeout: patience, IdleTimeout: idle, MaxHeaderBytes: mostHeader,
		DisableGeneralOptionsHandler: true, ConnState: p.note, ErrorLog: log.New(io.Discard, "", 0)}
	s.servers = append(s.servers, server)
	s.served.Go(func() { _ = server.Serve(p) })
}

// Address is where it is seen over TCP, nil if it is not.
func (s *Server) Address() net.Addr { return s.address }

// Renew has other credentials asked for from now on.
func (s *Server) Renew(c Credentials) {
	if s.guard != nil {
		s.guard.credentials.Store(&c)
	}
}

// Close ends all connections, and removes the socket.
func (s *Server) Close() {
	for _, server := range s.servers {
		_ = server.Close() // closes the listener, which removes the socket
	}
	s.served.Wait()
}

// Patterns are what is served, by patterns of http.ServeMux. Only what begins with GET is served to everybody who may see the listener.
func (s *Server) Patterns() []string { return slices.Sorted(maps.Keys(s.handlers())) }

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	for pattern, handler := range s.handlers() {
		mux.Handle(pattern, handler)
	}
	return mux
}

// handlers are made anew for each way in.
func (s *Server) handlers() map[string]http.Handler {
	all := map[string]http.Handler{
		"GET /v1/status":  http.HandlerFunc(s.status),
		"GET /healthz":    http.HandlerFunc(s.healthz),
		"POST /v1/pause":  http.HandlerFunc(s.pause),
		"POST /v1/resume": http.HandlerFunc(s.resume),
	}
	maps.Copy(all, s.config.Pages)
	seats := make(chan struct{}, mostStreams)
	for pattern, stream := range s.config.Streams {
		all[pattern] = seated(stream, seats)
	}
	return all
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	Answer(w, http.StatusOK, s.config.About.status(s.shown.Snapshot()))
}

// healthz is about the listener itself.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	status := http.StatusOK
	trouble := s.config.About.trouble(s.shown.Snapshot())
	if trouble != "" {
		status = http.StatusServiceUnavailable
	}
	Answer(w, status, struct {
		Version int    `json:"version"`
		Healthy bool   `json:"healthy"`
		Trouble string `json:"trouble,omitempty"`
	}{Version, trouble == "", trouble})
}

// Answer writes a document as JSON, which nobody keeps.
func Answer(w http.ResponseWriter, status int, document any) {
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(document) // who has gone away reads nothing
}
