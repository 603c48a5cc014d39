package supervisord

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

// URL is where the API is, in the words of SUPERVISOR_SERVER_URL: "unix://" and the bare path of the socket, or
// "http://127.0.0.1:" and a port.
func (s *Server) URL() string { return s.url }

// Freeze makes the server as one that was stopped by SIGSTOP: connections are accepted and nothing is answered, no event
// is sent, no process changes its state, although the children run on. Close works all the same.
func (s *Server) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = true
}

// Thaw ends a Freeze; what was asked and what has happened meanwhile is dealt with.
func (s *Server) Thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = false
	for period := range s.late {
		s.tick(period)
	}
	clear(s.late)
	s.settle()
}

// Vanish removes the socket, or closes the port: nobody can connect any more. Connections that exist stay.
func (s *Server) Vanish() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closeListener()
}

// Return ends a Vanish; the socket is at the old place.
func (s *Server) Return() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.gone() || s.listener != nil {
		return nil
	}
	return s.listen()
}

// Crash ends the server as SIGKILL does: the API is gone and the listener's stdin at its end. The children are
// orphans, which run on until Close.
func (s *Server) Crash() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.crash()
	s.settle()
}

func (s *Server) crash() {
	s.frozen = false
	s.over(crashed)
	for c := range s.children {
		_ = c.stdin.Close()
	}
}

// over ends the server in one of the moods that are final.
func (s *Server) over(how mood) {
	if s.gone() {
		return
	}
	s.mood = how
	s.shut()
	close(s.done)
}

// shut closes the API. Answers that are under way are still given.
func (s *Server) shut() {
	_ = s.closeListener() // it may have vanished before
	s.hangUp()
}

func (s *Server) hangUp() {
	for c := range s.conns {
		c.last = true
		if !c.busy || s.mood >= crashed {
			_ = c.Close()
		}
	}
}

func (s *Server) closeListener() error {
	if s.listener == nil {
		return nil
	}
	err := s.listener.Close()
	s.listener = nil
	return err
}

// open finds the server its place and serves it.
func (s *Server) open() error {
	s.network, s.address = "tcp", "127.0.0.1:0"
	if !s.config.TCP {
		dir, err := s.room()
		if err != nil {
			return err
		}
		s.network, s.address = "unix", filepath.Join(dir, "supervisor.sock")
		s.url = "unix://" + s.address
	}
	if err := s.listen(); err != nil {
		return err
	}
	if s.config.TCP {
		s.address = s.listener.Addr().String()
		s.url = "http://" + s.address
	}
	return nil
}

func (s *Server) room() (string, error) {
	if s.config.Dir != "" {
		return filepath.Abs(s.config.Dir)
	}
	dir, err := os.MkdirTemp("", "supervisord")
	s.dir = dir
	return dir, err
}

func (s *Server) listen() error {
	if most := 100; s.network == "unix" && len(s.address) > most {
		return fmt.Errorf("the path of the socket is longer than %d bytes: %s", most, s.address)
	}
	listener, err := net.Listen(s.network, s.address)
	if err != nil {
		return err
	}
	s.listener = listener
	s.tasks.Go(func() { s.acceptAll(listener) })
	return nil
}

func (s *Server) acceptAll(listener net.Listener) {
	for {
		c, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			s.welcome(c)
		}
	}
}
