package domain

import "time"

// GRPCRequest asks the health service of a gRPC server (grpc.health.v1).
type GRPCRequest struct {
	Network string // "tcp" or "unix"
	Address string // host:port, or the path of the socket
	TLS     *TLS   // nil for a connection without
	Service string // empty: the server as a whole
}

// GRPCAnswer is what the server has answered.
type GRPCAnswer struct {
	Code    int       // the status of the call, such as 12 for UNIMPLEMENTED; 0 is OK
	Message string    // what it says of a status that is not OK
	Serving int       // of a call that is OK: the status of the service, 1 is SERVING
	Expires time.Time // when the certificate of the server expires; zero without TLS
}
