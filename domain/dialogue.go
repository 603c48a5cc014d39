package domain

import (
	"strings"
	"time"
)

// Dialogue is a connection of a probe, what is said over it and what is waited for. Without Send and Expect it is a connection alone.
type Dialogue struct {
	Network string // "tcp", "unix" or "udp"
	Address string // host:port, or the path of the socket
	TLS     *TLS   // nil for a connection without; not for udp
	Send    string // what is sent once the connection is there
	Expect  string // what must come; over udp within one datagram, of which any will do if it is empty
}

// Secrets are the longer words of what is sent: passwords are among them.
func (d Dialogue) Secrets() Secrets {
	const least = 4 // shorter ones are commands
	var all []string
	for word := range strings.FieldsSeq(d.Send) {
		if len(word) > least {
			all = append(all, word)
		}
	}
	return NewSecrets(all...)
}

// Heard is what came.
type Heard struct {
	Connected bool      // the connection came about
	Text      string    // as it came; of a connection over which nothing is waited for, nothing
	Expires   time.Time // when the certificate of the other side expires; zero without TLS
}
