package wire_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// signer is a certificate with its key.
type signer struct {
	own *x509.Certificate
	key *ecdsa.PrivateKey
}

// sign makes a certificate; without an authority it is one itself.
func sign(t testing.TB, by *signer, from, until time.Time, names ...string) *signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: cmp.Or(names...)}, NotBefore: from, NotAfter: until,
		DNSNames: names, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: by == nil, BasicConstraintsValid: true}
	s := &signer{key: key}
	parent, signs := template, key
	if by != nil {
		parent, signs = by.own, by.key
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signs)
	if err != nil {
		t.Fatal(err)
	}
	if s.own, err = x509.ParseCertificate(raw); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *signer) certificate() tls.Certificate {
	return tls.Certificate{Certificate: [][]byte{s.own.Raw}, PrivateKey: s.key}
}

func (s *signer) pem(t testing.TB) (certificate, key string) {
	t.Helper()
	raw, err := x509.MarshalPKCS8PrivateKey(s.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.own.Raw})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw}))
}

// secured answers every connection with the bytes of "HTTP/1.1 200 OK", and counts the sessions that are resumed.
func secured(t testing.TB, network, address string, config *tls.Config) (at string, resumed *atomic.Int32) {
	t.Helper()
	listener, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	resumed = &atomic.Int32{}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			all.Go(func() {
				defer conn.Close()
				conn.SetDeadline(time.Now().Add(10 * time.Second))
				server := tls.Server(conn, config)
				if server.Handshake() != nil {
					return
				}
				if server.ConnectionState().DidResume {
					resumed.Add(1)
				}
				server.Read(make([]byte, 4096))
				io.WriteString(server, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
				server.CloseWrite()
				io.Copy(io.Discard, conn)
			})
		}
	})
	t.Cleanup(func() {
		listener.Close()
		all.Wait()
	})
	return listener.Addr().String(), resumed
}

// ask makes one request and returns when the certificate expires.
func ask(w *wire.Wire, ctx context.Context, to wire.Place) (expires time.Time, err error) {
	err = w.Exchange(ctx, wire.Call{Place: to, Message: []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Take: func(a wire.Answer) error {
		expires = a.Expires()
		a.Leave(0)
		return nil
	}})
	return expires, err
}

func TestWhoIsTrusted(t *testing.T) {
	now := time.Now().Truncate(time.Second).UTC()
	authority := sign(t, nil, now.Add(-time.Hour), now.Add(90*24*time.Hour), "authority")
	short := sign(t, nil, now.Add(-time.Hour), now.Add(time.Hour), "short")
	ca, _ := authority.pem(t)
	shortCA, _ := short.pem(t)
	good := sign(t, authority, now.Add(-time.Hour), now.Add(24*time.Hour), "web.example.org", "localhost")
	longer := sign(t, short, now.Add(-time.Hour), now.Add(24*time.Hour), "web.example.org")
	old := sign(t, authority, now.Add(-2*time.Hour), now.Add(-time.Hour), "web.example.org")
	early := sign(t, authority, now.Add(time.Hour), now.Add(2*time.Hour), "web.example.org")
	known := x509.NewCertPool()
	known.AddCert(authority.own)
	cert, key := sign(t, authority, now.Add(-time.Hour), now.Add(time.Hour), "us").pem(t)
	foreign, foreignKey := sign(t, short, now.Add(-time.Hour), now.Add(time.Hour), "us").pem(t)
	shows := func(s *signer) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{s.certificate()}} }
	wants := shows(good)
	wants.ClientAuth, wants.ClientCAs = tls.RequireAndVerifyClientCert, known
	older := wants.Clone()
	older.MaxVersion = tls.VersionTLS12
	const no = "no agreement on TLS: "
	for name, tt := range map[string]struct {
		server  *tls.Config
		tls     domain.TLS
		expires time.Time
		want    string // the error; it is trouble of ours
	}{
		"the name of the settings":     {shows(good), domain.TLS{CA: ca, ServerName: "web.example.org"}, good.own.NotAfter, ""},
		"the address":                  {shows(good), domain.TLS{CA: ca}, good.own.NotAfter, ""},
		"the first of a chain expires": {shows(longer), domain.TLS{CA: shortCA}, short.own.NotAfter, ""},
		"another name":                 {shows(good), domain.TLS{CA: ca, ServerName: "db.example.org"}, time.Time{}, no + "the certificate is for another name"},
		"an authority of nobody":       {shows(good), domain.TLS{CA: shortCA}, time.Time{}, no + "the certificate is signed by an unknown authority"},
		"none of the system's":         {shows(good), domain.TLS{}, time.Time{}, no + "the certificate is signed by an unknown authority"},
		"one that has expired":         {shows(old), domain.TLS{CA: ca}, time.Time{}, no + "the certificate has expired"},
		"one that is not valid yet":    {shows(early), domain.TLS{CA: ca}, time.Time{}, no + "the certificate is not valid yet"},
		"whoever is there":             {shows(old), domain.TLS{Unverified: true}, old.own.NotAfter, ""},
		"somebody who trusts us":       {wants, domain.TLS{CA: ca, Cert: cert, Key: key}, good.own.NotAfter, ""},
		"cert and key in one file":     {wants, domain.TLS{CA: ca, Cert: cert + key}, good.own.NotAfter, ""},
		"somebody who wants to know":   {wants, domain.TLS{CA: ca}, time.Time{}, no + "the server refused: certificate required"},
		"the same in TLS 1.2":          {older, domain.TLS{CA: ca}, time.Time{}, no + "the server refused: handshake failure"},
		"ours, which is of no use":     {wants, domain.TLS{CA: ca, Cert: foreign, Key: foreignKey}, time.Time{}, no + "the server refused: certificate required"},
		"no authority at all":          {shows(good), domain.TLS{CA: "none"}, time.Time{}, "there is no certificate in the file of authorities"},
		"a key of somebody else":       {shows(good), domain.TLS{CA: ca, Cert: cert, Key: foreignKey}, time.Time{}, "our own certificate and its key do not go together"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, _ := secured(t, "tcp", "127.0.0.1:0", tt.server)
			expires, err := ask(wire.New(0), t.Context(), wire.Place{Network: "tcp", Address: address, TLS: &tt.tls})
			switch {
			case tt.want == "" && err != nil, tt.want != "" && (err == nil || err.Error() != tt.want):
				t.Fatalf("got error %v, want %q", err, tt.want)
			case tt.want != "" && !errors.Is(err, domain.ErrProber):
				t.Error("it is taken for trouble of the service")
			case !expires.Equal(tt.expires):
				t.Errorf("it expires at %s, want %s", expires, tt.expires)
			}
		})
	}
	t.Run("a unix socket", func(t *testing.T) {
		address, _ := secured(t, "unix", filepath.Join(t.TempDir(), "s"), shows(good))
		if _, err := ask(wire.New(0), t.Context(), wire.Place{Network: "unix", Address: address, TLS: &domain.TLS{CA: ca}}); err != nil {
			t.Error(err)
		}
	})
}

// Two processes with one certificate know nothing of each other's sessions.
func TestSessionsAreResumedForEachPlace(t *testing.T) {
	now := time.Now()
	authority := sign(t, nil, now.Add(-time.Hour), now.Add(time.Hour), "authority")
	web := sign(t, authority, now.Add(-time.Hour), now.Add(time.Hour), "web.example.org")
	ca, _ := authority.pem(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		config := func() *tls.Config {
			return &tls.Config{Certificates: []tls.Certificate{web.certificate()}, MaxVersion: version}
		}
		one, ofOne := secured(t, "tcp", "127.0.0.1:0", config())
		other, ofOther := secured(t, "tcp", "127.0.0.1:0", config())
		w := wire.New(0)
		for range 5 {
			for _, address := range []string{one, other} {
				settings := domain.TLS{CA: ca, ServerName: "web.example.org"} // equal settings are the same
				expires, err := ask(w, t.Context(), wire.Place{Network: "tcp", Address: address, TLS: &settings})
				if err != nil || !expires.Equal(web.own.NotAfter) {
					t.Fatalf("%s, %v", expires, err)
				}
			}
		}
		if ofOne.Load() != 4 || ofOther.Load() != 4 {
			t.Errorf("of four each, %d and %d sessions were resumed", ofOne.Load(), ofOther.Load())
		}
	}
}

// A server that breaks off, or hangs, is unwell; nobody can say that of its certificate.
func TestAgreementsThatFailAreNewsOfTheService(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	_, err = ask(wire.New(0), t.Context(), wire.Place{Network: "tcp", Address: listener.Addr().String(), TLS: &domain.TLS{}})
	if err == nil || errors.Is(err, domain.ErrProber) {
		t.Errorf("got error %v", err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0") // the kernel accepts for it
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = ask(wire.New(0), ctx, wire.Place{Network: "tcp", Address: silent.Addr().String(), TLS: &domain.TLS{}})
	if err == nil || err.Error() != "timed out after 50ms agreeing on TLS" || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got error %v", err)
	}
}
