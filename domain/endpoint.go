package domain

// Endpoint is a place where a process listens.
type Endpoint struct {
	Network string // "tcp" or "unix"
	Address string // host:port, of which the host is a numeric address, perhaps 0.0.0.0 or ::, or the path of the socket
}
