package network_test

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/fcgi"
	"testing"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// benchProtocols are servers of one protocol each. They serve in the background, and tell their address.
func benchProtocols() map[string]func() string {
	listening := func(serve func(net.Listener)) func() string {
		return func() string {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return ""
			}
			go serve(listener)
			return listener.Addr().String()
		}
	}
	return map[string]func() string{
		"fastcgi": listening(func(l net.Listener) {
			fcgi.Serve(l, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "pong") }))
		}),
		"grpc": listening(func(l net.Listener) {
			server := &http.Server{Handler: http.HandlerFunc(health), Protocols: new(http.Protocols)}
			server.Protocols.SetUnencryptedHTTP2(true)
			server.Serve(l)
		}),
		"dns": func() string {
			conn, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				return ""
			}
			go func() {
				for question := make([]byte, 512); ; {
					n, from, err := conn.ReadFrom(question)
					if err != nil {
						return
					}
					conn.WriteTo(byHand(question[:n]), from)
				}
			}()
			return conn.LocalAddr().String()
		},
	}
}

func BenchmarkFastCGI(b *testing.B) {
	prober := network.New()
	address, _ := benchServing(b, "fastcgi")
	measure(b, func(ctx context.Context) error {
		_, err := prober.FastCGI(ctx, domain.FastCGIRequest{Network: "tcp", Address: address, Path: "/ping"})
		return err
	})
}

func BenchmarkDNS(b *testing.B) {
	prober := network.New()
	address, _ := benchServing(b, "dns")
	measure(b, func(ctx context.Context) error {
		_, err := prober.DNS(ctx, domain.DNSRequest{Address: address, Name: "example.com", Type: "A"})
		return err
	})
}

func BenchmarkGRPC(b *testing.B) {
	prober := network.New()
	address, _ := benchServing(b, "grpc")
	measure(b, func(ctx context.Context) error {
		_, err := prober.GRPC(ctx, domain.GRPCRequest{Network: "tcp", Address: address})
		return err
	})
}
