package domain

// TLS is how a connection is secured. The texts are what stands in files of PEM. The zero value asks whoever is there for a
// certificate of the host of the address, signed by an authority of this system.
type TLS struct {
	ServerName string // who is asked for, and must be named in the certificate; empty: the host of the address, localhost for a unix socket
	CA         string // the authorities that are believed in place of the system's
	Cert, Key  string // the certificate that is shown for us, with its chain, and its key
	Unverified bool   // the certificate may be anybody's
}

// String tells no key.
func (t TLS) String() string { return "TLS " + t.ServerName }
