package wire

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
)

// mostPlaces is how many places are remembered with their session. With one more all are forgotten, and agree anew.
const mostPlaces = 1 << 12

// longestSession is how long the certificate of a full agreement counts. One that was changed meanwhile is seen after that.
const longestSession = time.Hour

// agreements are what was made of settings of TLS: read once for all places, with the last session for each place. To resume one
// saves the look at the certificate, and the server its signature.
type agreements struct {
	mu       sync.Mutex
	settings map[domain.TLS]*tls.Config
	places   map[securedPlace]*tls.Config
}

// securedPlace is one for which a session is kept: several processes show one certificate, and know nothing of each other's sessions.
type securedPlace struct {
	tls                        domain.TLS
	protocol, network, address string
}

// at is how to agree with a place.
func (a *agreements) at(to Place) (*tls.Config, error) {
	place := securedPlace{*to.TLS, to.Protocol, to.Network, to.Address}
	a.mu.Lock()
	defer a.mu.Unlock()
	if config := a.places[place]; config != nil {
		return config, nil
	}
	common, err := a.of(*to.TLS)
	if err != nil {
		return nil, err
	}
	config := common.Clone()
	config.ServerName = serverName(to)
	config.ClientSessionCache = &session{}
	if to.Protocol != "" {
		config.NextProtos = []string{to.Protocol}
	}
	if a.places == nil || len(a.places) >= mostPlaces {
		a.places = map[securedPlace]*tls.Config{}
	}
	a.places[place] = config
	return config, nil
}

// of is what is the same for all places. The lock must be held.
func (a *agreements) of(settings domain.TLS) (*tls.Config, error) {
	settings.ServerName = ""
	if config := a.settings[settings]; config != nil {
		return config, nil
	}
	config, err := configured(settings)
	if err != nil {
		return nil, err
	}
	if a.settings == nil || len(a.settings) >= mostPlaces {
		a.settings = map[domain.TLS]*tls.Config{}
	}
	a.settings[settings] = config
	return config, nil
}

func configured(settings domain.TLS) (*tls.Config, error) {
	config := &tls.Config{InsecureSkipVerify: settings.Unverified}
	if settings.CA != "" {
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM([]byte(settings.CA)) {
			return nil, &Failure{text: "there is no certificate in the file of authorities", ours: true}
		}
	}
	if settings.Cert != "" {
		own, err := tls.X509KeyPair([]byte(settings.Cert), []byte(cmp.Or(settings.Key, settings.Cert)))
		if err != nil {
			return nil, &Failure{text: "our own certificate and its key do not go together", ours: true}
		}
		config.Certificates = []tls.Certificate{own}
	}
	return config, nil
}

// serverName is the one of the settings or the host of the address; an IPv6 zone means nothing to others, and a socket has no name.
func serverName(to Place) string {
	if to.TLS.ServerName != "" {
		return to.TLS.ServerName
	}
	if to.Network == "unix" {
		return "localhost"
	}
	host, _, err := net.SplitHostPort(to.Address)
	if err != nil {
		host = to.Address
	}
	host, _, _ = strings.Cut(host, "%")
	return host
}

// session is the last one with a place; it implements tls.ClientSessionCache.
type session struct {
	mu    sync.Mutex
	last  *tls.ClientSessionState
	since time.Time // of the full agreement that it goes back to
}

// Get implements tls.ClientSessionCache.
func (s *session) Get(string) (*tls.ClientSessionState, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if time.Since(s.since) > longestSession {
		s.last, s.since = nil, time.Time{}
	}
	return s.last, s.last != nil
}

// Put implements tls.ClientSessionCache.
func (s *session) Put(_ string, state *tls.ClientSessionState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.since.IsZero() {
		s.since = time.Now()
	}
	s.last = state
}

// secure agrees with who is at the other end. The connection must be bound to the context.
func (w *Wire) secure(conn net.Conn, to Place) (*tls.Conn, error) {
	config, err := w.agreements.at(to)
	if err != nil {
		return nil, err
	}
	secured := tls.Client(conn, config)
	return secured, secured.Handshake()
}

// expiry is when the certificate of the other side expires, or the one above it that is the first to do so; of several ways to an
// authority the last counts. It is zero without TLS.
func expiry(conn io.Closer) (last time.Time) {
	secured, ok := conn.(*tls.Conn)
	if !ok {
		return last
	}
	state := secured.ConnectionState()
	chains := state.VerifiedChains
	if len(chains) == 0 && len(state.PeerCertificates) > 0 { // whoever is there is believed
		chains = [][]*x509.Certificate{state.PeerCertificates[:1]}
	}
	for _, chain := range chains {
		first := chain[0].NotAfter
		for _, certificate := range chain[1:] {
			if certificate.NotAfter.Before(first) {
				first = certificate.NotAfter
			}
		}
		if first.After(last) {
			last = first
		}
	}
	return last
}

// insecure says what is wrong with an agreement. It quotes nothing of a certificate, which may say anything.
func insecure(err error) *Failure {
	const no = "no agreement on TLS: "
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Failure{text: "the connection was closed while agreeing on TLS", cause: io.ErrUnexpectedEOF}
	}
	if why := untrusted(err); why != "" {
		return &Failure{text: no + why, cause: err, ours: true}
	}
	if why, ours := refused(err); why != "" {
		return &Failure{text: no + why, cause: err, ours: ours}
	}
	what, _, _ := strings.Cut(unquoted(strings.TrimPrefix(err.Error(), "tls: ")), " (")
	return &Failure{text: no + what, cause: err}
}

// untrusted is what is wrong with a certificate. That is no news of what the process does, and no restart cures it.
func untrusted(err error) string {
	if name, ok := errors.AsType[x509.HostnameError](err); ok && name.Certificate != nil {
		return "the certificate is for another name"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate is signed by an unknown authority"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return "the certificate is not valid yet"
		}
		return "the certificate has expired"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate cannot be trusted"
	}
	return ""
}

// refused is what the other side does not like; ours, if it concerns what we have shown or asked for.
func refused(err error) (why string, ours bool) {
	op, ok := errors.AsType[*net.OpError](err)
	if !ok || op.Op != "remote error" {
		return "", false
	}
	told := op.Err.Error()
	for _, alert := range []tls.AlertError{40, 42, 43, 44, 45, 46, 47, 48, 49, 70, 71, 112, 116, 120} { // RFC 8446, section 6.2: about certificates, versions, names
		if alert.Error() == told {
			ours = true
		}
	}
	return "the server refused: " + strings.TrimPrefix(told, "tls: "), ours
}

// fromTLS reports whether it was TLS that went wrong: a server that wants a certificate may say so after the agreement.
func fromTLS(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "remote error" || op.Op == "local error")
}
