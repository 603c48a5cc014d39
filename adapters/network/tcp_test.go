package network_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// connect makes a connection alone.
func connect(t testing.TB, kind, address string) error {
	heard, err := network.New().TCP(t.Context(), domain.Dialogue{Network: kind, Address: address})
	if heard != (domain.Heard{Connected: err == nil}) {
		t.Errorf("heard was %+v", heard)
	}
	return err
}

func TestTCPConnectsAndClosesInTheOrdinaryWay(t *testing.T) {
	ended := make(chan error, 1)
	address := serve(t, func(conn net.Conn) {
		_, err := conn.Read(make([]byte, 1))
		ended <- err
	})
	if err := connect(t, "tcp", address); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != io.EOF {
		t.Errorf("the service saw %v, want EOF", err)
	}
}

func TestTCPOverIPv6(t *testing.T) {
	listener, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skip("there is no IPv6 here")
	}
	if err := connect(t, "tcp", serveOn(t, listener, silent)); err != nil {
		t.Error(err)
	}
}

func TestTCPByNameFindsAServiceThatHasOnlyIPv4(t *testing.T) {
	_, port, _ := net.SplitHostPort(serve(t, silent))
	if err := connect(t, "tcp", "localhost:"+port); err != nil {
		t.Error(err)
	}
}

func TestRefusedConnections(t *testing.T) {
	prober, nobody := network.New(), refusing(t)
	missing := socket(t)
	missing.Close()
	tests := map[string]struct {
		probe func() error
		want  string
		errno error
	}{
		"TCP": {func() error { return connect(t, "tcp", nobody) }, "connection refused", syscall.ECONNREFUSED},
		"HTTP": {func() error {
			_, err := prober.HTTP(t.Context(), domain.HTTPRequest{Address: nobody, Path: "/"})
			return err
		}, "connection refused", syscall.ECONNREFUSED},
		"XML-RPC over a socket that is gone": {func() error {
			return prober.XMLRPC(t.Context(), domain.XMLRPCRequest{Network: "unix", Address: missing.Addr().String(), Method: "m"})
		}, "no such file or directory", syscall.ENOENT},
		"TCP without a port":  {func() error { return connect(t, "tcp", "localhost") }, "address localhost: missing port in address", nil},
		"TCP with a bad port": {func() error { return connect(t, "tcp", "127.0.0.1:99999") }, "address 99999: invalid port", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.probe()
			if err == nil || err.Error() != tt.want {
				t.Fatalf("got error %v, want %s", err, tt.want)
			}
			if tt.errno != nil && !errors.Is(err, tt.errno) {
				t.Errorf("%v is not the errno %v", err, tt.errno)
			}
		})
	}
}

func TestAConnectionThatIsReset(t *testing.T) {
	address := serve(t, func(conn net.Conn) {
		skipHead(conn)
		conn.(*net.TCPConn).SetLinger(0)
		conn.Close()
	})
	_, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: address})
	if !errors.Is(err, syscall.ECONNRESET) || err.Error() != "waiting for the answer: connection reset by peer" {
		t.Errorf("got error %v", err)
	}
}

func TestAUnixSocketIsProbedToo(t *testing.T) {
	asked := make(chan string, 1)
	listener := socket(t)
	serveOn(t, listener, func(conn net.Conn) {
		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return // a connection alone
		}
		asked <- request.Host + request.RequestURI
		io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
	})
	address := listener.Addr().String()
	if err := connect(t, "unix", address); err != nil {
		t.Error(err)
	}
	answer, err := network.New().HTTP(t.Context(), domain.HTTPRequest{Network: "unix", Address: address, Path: "/ping?x"})
	if err != nil || answer.Status != 204 {
		t.Fatalf("%+v, %v", answer, err)
	}
	if got := <-asked; got != "localhost/ping?x" {
		t.Errorf("asked was %s", got)
	}
	missing := filepath.Join(t.TempDir(), "s")
	if err := connect(t, "unix", missing); !errors.Is(err, syscall.ENOENT) || errors.Is(err, domain.ErrProber) {
		t.Errorf("a socket that is missing: %v", err)
	}
}

// Nobody was asked where a name stands for no address: that is no news of the service.
func TestANameThatCannotBeResolvedIsTroubleOfOurs(t *testing.T) {
	const name = "no..such.name:80"
	_, ofHTTP := network.New().HTTP(t.Context(), domain.HTTPRequest{Address: name, Path: "/"})
	for _, err := range []error{ofHTTP, connect(t, "tcp", name)} {
		if err == nil || !errors.Is(err, domain.ErrProber) || !strings.Contains(err.Error(), "no such host") {
			t.Errorf("%v", err)
		}
	}
}
