package network_test

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

func TestTCPConnectsAndClosesInTheOrdinaryWay(t *testing.T) {
	ended := make(chan error, 1)
	address := serve(t, func(conn net.Conn) {
		_, err := conn.Read(make([]byte, 1))
		ended <- err
	})
	if err := network.New().TCP(t.Context(), address); err != nil {
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
	if err := network.New().TCP(t.Context(), serveOn(t, listener, silent)); err != nil {
		t.Error(err)
	}
}

func TestTCPByNameFindsAServiceThatHasOnlyIPv4(t *testing.T) {
	_, port, _ := net.SplitHostPort(serve(t, silent))
	if err := network.New().TCP(t.Context(), "localhost:"+port); err != nil {
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
		"TCP": {func() error { return prober.TCP(t.Context(), nobody) }, "connection refused", syscall.ECONNREFUSED},
		"HTTP": {func() error {
			_, err := prober.HTTP(t.Context(), domain.HTTPRequest{Address: nobody, Path: "/"})
			return err
		}, "connection refused", syscall.ECONNREFUSED},
		"XML-RPC over a socket that is gone": {func() error {
			return prober.XMLRPC(t.Context(), domain.XMLRPCRequest{Network: "unix", Address: missing.Addr().String(), Method: "m"})
		}, "no such file or directory", syscall.ENOENT},
		"TCP without a port":  {func() error { return prober.TCP(t.Context(), "localhost") }, "address localhost: missing port in address", nil},
		"TCP with a bad port": {func() error { return prober.TCP(t.Context(), "127.0.0.1:99999") }, "address 99999: invalid port", nil},
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
