package ports

import (
	"context"

	"supervisor-healthcheck/domain"
)

//go:generate go tool mockgen -source=probes.go -destination=../mocks/probes.go -package=mocks

// HTTPProber makes HTTP requests.
type HTTPProber interface {
	// HTTP makes one request over a connection of its own and tells the status of the answer, whatever comes behind the
	// status line, and what the request wants besides. Redirects are not followed and no proxy is used. The time until all of that
	// is there is bounded by ctx alone: what was not in time is Torn. An answer that is not HTTP is a *domain.BadAnswer.
	HTTP(ctx context.Context, request domain.HTTPRequest) (domain.HTTPAnswer, error)
}

// TCPProber makes connections to TCP ports and unix sockets.
type TCPProber interface {
	// TCP connects, says what is to be said, reads until what is expected has come, 64 kB at most, and closes the connection. Where
	// that did not come, the error says why, and Heard what came instead. The time is bounded by ctx alone.
	TCP(ctx context.Context, d domain.Dialogue) (domain.Heard, error)
}

// UDPProber sends datagrams.
type UDPProber interface {
	// UDP sends one datagram and reads those that are answered until one has what is expected. Heard is the last. The time is
	// bounded by ctx alone.
	UDP(ctx context.Context, d domain.Dialogue) (domain.Heard, error)
}

// FastCGIProber asks applications of FastCGI.
type FastCGIProber interface {
	// FastCGI makes one request over a connection of its own, and reads 64 kB of its answer at most. A request that was refused, or
	// has not ended, is an error, and an answer that is none a *domain.BadAnswer. The time is bounded by ctx alone.
	FastCGI(ctx context.Context, request domain.FastCGIRequest) (domain.FastCGIAnswer, error)
}

// DNSProber asks name servers.
type DNSProber interface {
	// DNS asks for the records of a name over UDP, and over TCP if the answer does not fit into a datagram. An answer of any code is no
	// error. The time is bounded by ctx alone.
	DNS(ctx context.Context, request domain.DNSRequest) (domain.DNSAnswer, error)
}

// GRPCProber asks the health service of gRPC servers.
type GRPCProber interface {
	// GRPC makes one call over a connection of its own, and reads 64 kB of its answer at most. An answer with any status of gRPC is no
	// error. The time is bounded by ctx alone.
	GRPC(ctx context.Context, request domain.GRPCRequest) (domain.GRPCAnswer, error)
}

// XMLRPCProber makes XML-RPC calls.
type XMLRPCProber interface {
	// XMLRPC makes one call over a connection of its own. A nil error means an answer without a fault, whatever
	// its value; a fault is a *domain.Fault, and an answer that is no answer to a call a *domain.BadAnswer. The time is
	// bounded by ctx alone.
	XMLRPC(ctx context.Context, request domain.XMLRPCRequest) error
}

// PortOwner tells who holds a TCP port.
type PortOwner interface {
	// Holders returns the foreign holders of a listening TCP port, as far as they may be seen: none if the process with
	// this pid, if it is not 0, or one of its descendants listens there. A holder need not be a port conflict: a sibling
	// may share the port on purpose, and supervisord itself holds that of an fcgi-program. Whether a holder belongs to
	// another supervised process is for the caller to tell, with domain.Listener.BelongsTo.
	Holders(ctx context.Context, port, pid int) ([]domain.Listener, error)
}
