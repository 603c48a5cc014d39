package network_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

// benchServer makes the test binary the server of the benchmarks, in a process of its own so that its CPU time is
// not counted.
const benchServer = "NETWORK_BENCH_SERVER"

// serveForBenchmarks writes its addresses, with TLS and without, and serves until its stdin is closed.
func serveForBenchmarks() {
	if serve := benchProtocols()[os.Getenv(benchServer)]; serve != nil {
		io.WriteString(os.Stdout, serve()+"\n")
		io.Copy(io.Discard, os.Stdin)
		return
	}
	secured := httptest.NewUnstartedServer(nil)
	plain := secured.Listener
	certificate := tls.Certificate{}
	var err error
	if certificate, err = selfSigned(); err == nil {
		secured.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		os.Exit(1)
	}
	io.WriteString(os.Stdout, plain.Addr().String()+" "+secured.Listener.Addr().String()+"\n")
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			io.WriteString(w, value("<value><string>ready</string></value>"))
			return
		}
		io.WriteString(w, "pong")
	})
	secured.Config.Handler, secured.TLS = handler, &tls.Config{Certificates: []tls.Certificate{certificate}}
	secured.StartTLS()
	go http.Serve(plain, handler)
	io.Copy(io.Discard, os.Stdin)
}

// selfSigned is a certificate for a key of P-256, as most are now.
func selfSigned() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	return tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key}, err
}

func benchAddress(b *testing.B) string {
	plain, _ := benchAddresses(b)
	return plain
}

func benchAddresses(b *testing.B) (plain, secured string) { return benchServing(b, "1") }

// benchServing starts a server of benchProtocols, or those of HTTP.
func benchServing(b *testing.B, what string) (plain, secured string) {
	b.Helper()
	server := exec.Command(os.Args[0])
	server.Env = append(os.Environ(), benchServer+"="+what)
	stdin, err := server.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	stdout, err := server.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := server.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stdin.Close()
		server.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	plain, secured, _ = strings.Cut(strings.TrimSpace(line), " ")
	return plain, secured
}

// measure runs 16 probes at a time, as a tick with many processes does, and reports the CPU time of this process for
// each of them, the kernel's share included. On a busy machine with two cores: HTTP 75 us, HTTP by net/http 96 to
// 140 us, TCP 41 us. One probe at a time costs more to wake up for: 120 us, 200 us and 39 us.
func measure(b *testing.B, run func(ctx context.Context) error) {
	b.ReportAllocs()
	b.SetParallelism(16 / runtime.GOMAXPROCS(0))
	before := cpu(b)
	b.RunParallel(func(loop *testing.PB) {
		for loop.Next() {
			ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
			if err := run(ctx); err != nil {
				b.Error(err)
			}
			cancel()
		}
	})
	b.ReportMetric(float64((cpu(b)-before).Microseconds())/float64(b.N), "cpu-us/op")
}

func cpu(b *testing.B) time.Duration {
	b.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkHTTP(b *testing.B) {
	address, prober := benchAddress(b), network.New()
	request := domain.HTTPRequest{Method: "GET", Address: address, Path: "/ping"}
	measure(b, func(ctx context.Context) error {
		_, err := prober.HTTP(ctx, request)
		return err
	})
}

// BenchmarkHTTPS is with sessions that are resumed, and with a full agreement each time, because a new Prober knows no session.
func BenchmarkHTTPS(b *testing.B) {
	_, address := benchAddresses(b)
	request := domain.HTTPRequest{Method: "GET", Address: address, Path: "/ping", TLS: &domain.TLS{Unverified: true}}
	for name, prober := range map[string]func() *network.Prober{"resumed": func(p *network.Prober) func() *network.Prober { return func() *network.Prober { return p } }(network.New()), "full": network.New} {
		b.Run(name, func(b *testing.B) {
			measure(b, func(ctx context.Context) error {
				_, err := prober().HTTP(ctx, request)
				return err
			})
		})
	}
}

func BenchmarkHTTPByNetHTTP(b *testing.B) {
	address := benchAddress(b)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}}
	measure(b, func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/ping", nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return err
	})
}

func BenchmarkXMLRPC(b *testing.B) {
	address, prober := benchAddress(b), network.New()
	measure(b, func(ctx context.Context) error { return prober.XMLRPC(ctx, callTo(address)) })
}

func BenchmarkTCP(b *testing.B) {
	address, prober := benchAddress(b), network.New()
	measure(b, func(ctx context.Context) error {
		_, err := prober.TCP(ctx, domain.Dialogue{Network: "tcp", Address: address})
		return err
	})
}
