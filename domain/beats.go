package domain

import (
	"errors"
	"time"
)

// Beats are the signs of life that a process has sent.
type Beats struct {
	Last     time.Time // when the last one of this life came, by ports.Clock; zero: none has
	Ready    bool      // it has said that it is ready to serve; where nobody says that, it has beaten
	Stopping bool      // it has said that it is about to end
	Status   string    // what it has said of itself last, as one short line; may be empty
	Anybody  bool      // a sign of life of some process has come, so that they can come
}

// ErrDeaf means that nothing is heard of what processes send.
var ErrDeaf = errors.New("only a running listener hears heartbeats")

// Communication is a sign of life that supervisord hands on: what a process has written between its markers.
type Communication struct {
	ID  ID
	PID int
}
