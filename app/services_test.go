package app_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"supervisor-healthcheck/adapters/clock"
	"supervisor-healthcheck/adapters/gjson"
	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// installed is the path of a service of Debian. Without it the test is skipped, but where all of them are required.
func installed(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if _, sbin := os.Stat("/usr/sbin/" + name); err != nil && sbin == nil {
		path, err = "/usr/sbin/"+name, nil // which is not on everybody's path
	}
	switch {
	case err == nil:
		return path
	case os.Getenv("SUPERVISOR_HEALTHCHECK_E2E") == "required":
		t.Fatalf("%s is required, and not installed", name)
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// serves starts a service and waits until its socket accepts.
func serves(t *testing.T, socket string, command ...string) *os.Process {
	t.Helper()
	said := &strings.Builder{}
	c := exec.Command(command[0], command[1:]...)
	c.Stdout, c.Stderr = said, said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { c.Wait(); close(ended) }()
	t.Cleanup(func() {
		c.Process.Kill()
		<-ended
	})
	for deadline := time.After(20 * time.Second); ; {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
			return c.Process
		}
		select {
		case <-ended:
			t.Fatalf("%s has ended: %s", command[0], said)
		case <-deadline:
			t.Fatalf("%s does not listen: %v", command[0], err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// socketFolder is one whose path is short enough for sockets.
func socketFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "shc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// ownCertificate writes a certificate for www.example.org and its key, and returns the certificate.
func ownCertificate(t *testing.T, dir string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "www.example.org"}, DNSNames: []string{"www.example.org"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(10*24*time.Hour + time.Hour), IsCA: true, BasicConstraintsValid: true}
	raw, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: raw})
	for name, content := range map[string][]byte{"cert": certificate, "key": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return string(certificate)
}

const nginxConf = `daemon off;
master_process off;
pid DIR/pid;
error_log DIR/errors;
events {}
http {
	access_log off;
	client_body_temp_path DIR; proxy_temp_path DIR; fastcgi_temp_path DIR; uwsgi_temp_path DIR; scgi_temp_path DIR;
	ssl_certificate DIR/cert;
	ssl_certificate_key DIR/key;
	server {
		listen unix:DIR/http;
		listen unix:DIR/https ssl http2;
		listen unix:DIR/trusting ssl;
		location = /ping { default_type application/json; return 200 '{"status": "UP", "checks": [{"name": "db", "status": "DOWN"}]}'; }
		location = /none { return 204; }
		location = /old { return 302 /ping; }
		location = /away { return 301 https://login.example.org/?token=s3cret; }
		location = /closed { return 444; }
		location = /secret { auth_basic x; auth_basic_user_file DIR/users; return 200; }
		location = /secret/file { auth_basic x; auth_basic_user_file DIR/users; alias DIR/users; }
	}
}
`

func TestTheHTTPCheckWithNginx(t *testing.T) {
	program, dir := installed(t, "nginx"), socketFolder(t)
	ca := ownCertificate(t, dir)
	for name, content := range map[string]string{"conf": strings.ReplaceAll(nginxConf, "DIR", dir), "users": "me:{PLAIN}s3cret\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	serves(t, filepath.Join(dir, "http"), program, "-p", dir, "-c", filepath.Join(dir, "conf"))
	world := checks.World{HTTP: network.New(), JSON: gjson.Reader{}, Clock: clock.New()}
	for name, c := range map[string]struct {
		lines   []string
		health  domain.Health
		want    string
		warning string
	}{
		"a page":                    {[]string{"http://unix:DIR/http:/ping"}, domain.Healthy, "status 200", ""},
		"nothing":                   {[]string{"http://unix:DIR/http:/none"}, domain.Unhealthy, "status 204, only 200 is healthy", ""},
		"nothing, which is healthy": {[]string{"http://unix:DIR/http:/none", "status 200-299,401"}, domain.Healthy, "status 204", ""},
		"a password that it lacks":  {[]string{"http://unix:DIR/http:/secret/file", "status 401"}, domain.Healthy, "status 401", ""},
		"a password":                {[]string{"http://unix:DIR/http:/secret/file", "username me", "password s3cret"}, domain.Healthy, "status 200", ""},
		"the end of a connection":   {[]string{"http://unix:DIR/http:/closed"}, domain.Unhealthy, "the connection was closed without an answer", ""},
		"a redirect":                {[]string{"http://unix:DIR/http:/away"}, domain.Unhealthy, "status 301, only 200 is healthy; it leads to https://login.example.org/?***", ""},
		"a redirect that is followed": {[]string{"http://unix:DIR/http:/old", "redirects 1", `json checks.#(name=="db").status == "DOWN"`},
			domain.Healthy, "status 200", ""},
		"a value": {[]string{"http://unix:DIR/http:/ping", `json checks.#(name=="db").status != "DOWN"`, "expect-header Content-Type: json"},
			domain.Unhealthy, `status 200, but checks.#(name=="db").status is "DOWN", expected != "DOWN"`, ""},
		"https":                  {[]string{"https://unix:DIR/https:/ping", "host www.example.org", "ca", "contains UP"}, domain.Healthy, "status 200", ""},
		"https, soon over":       {[]string{"https://unix:DIR/trusting:/ping", "host www.example.org", "ca", "expires 14d"}, domain.Healthy, "status 200", "the certificate expires in 10 days"},
		"https for another name": {[]string{"https://unix:DIR/trusting:/ping", "ca"}, domain.Unknown, "no agreement on TLS: the certificate is for another name", ""},
		"https of anybody":       {[]string{"https://unix:DIR/trusting:/ping", "host www.example.org"}, domain.Unknown, "no agreement on TLS: the certificate is signed by an unknown authority", ""},
		"https unverified":       {[]string{"https://unix:DIR/trusting:/ping", "verify no"}, domain.Healthy, "status 200", ""},
		"http where https is":    {[]string{"http://unix:DIR/https:/ping"}, domain.Unhealthy, "", ""},
		"https where http is":    {[]string{"https://unix:DIR/http:/ping"}, domain.Unhealthy, "no agreement on TLS: first record does not look like a TLS handshake", ""},
	} {
		t.Run(name, func(t *testing.T) {
			settings := &checks.HTTP{Retries: new(0)}
			setRow(t, settings.Table(), "url", strings.ReplaceAll(c.lines[0], "DIR", dir))
			for _, line := range c.lines[1:] {
				word, value, _ := strings.Cut(line, " ")
				if word == "ca" {
					value = ca
				}
				setRow(t, settings.Table(), word, value)
			}
			check, err := settings.Build(world)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 { // the second time with a session of TLS
				got := domain.Judge(t.Context(), []domain.Check{check}, domain.Process{PID: 1})
				if got.Health != c.health || !strings.HasSuffix(got.Reason, c.want) || strings.Contains(got.Reason+got.Answer, "s3cret") {
					t.Errorf("got %s: %s, want %s: %s", got.Health, got.Reason, c.health, c.want)
				}
				if len(got.Warnings) == 1 != (c.warning != "") || c.warning != "" && !strings.HasPrefix(got.Warnings[0].Text, c.warning) {
					t.Errorf("it warns of %v, want %q", got.Warnings, c.warning)
				}
			}
		})
	}
}

func setRow(t *testing.T, table []domain.Setting, word, value string) {
	t.Helper()
	for _, row := range table {
		if row.Word == word {
			if err := row.Set(value); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("there is no setting %s", word)
}

func TestTheTCPCheckWithRedis(t *testing.T) {
	program, dir := installed(t, "redis-server"), socketFolder(t)
	socket := filepath.Join(dir, "redis")
	redis := serves(t, socket, program, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir, "--requirepass", "s3cret-word")
	ask := func(send string, timeout time.Duration) domain.Verdict {
		check, err := checks.TCP{Socket: socket, Send: send, Expect: "+PONG", Timeout: timeout, Retries: new(0)}.Build(checks.World{TCP: network.New(), Clock: clock.New()})
		if err != nil {
			t.Fatal(err)
		}
		got := check.Run(t.Context(), domain.Process{PID: 1})
		if strings.Contains(got.Reason+got.Answer, "s3cret") {
			t.Error(got)
		}
		return got
	}
	if got := ask("AUTH s3cret-word\r\nPING\r\n", 10*time.Second); got.Health != domain.Healthy || !strings.HasSuffix(got.Reason, `: answered with "+PONG"`) {
		t.Errorf("%+v", got)
	}
	if got := ask("PING\r\nQUIT\r\n", 10*time.Second); got.Health != domain.Unhealthy || !strings.HasSuffix(got.Reason,
		`: the connection was closed: expected "+PONG", seen "-NOAUTH Authentication required.\r\n+OK\r\n"`) {
		t.Errorf("%+v", got)
	}
	if err := redis.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	if got := ask("PING\r\n", 200*time.Millisecond); got.Health != domain.Unhealthy || !strings.HasSuffix(got.Reason, `: timed out after 200ms waiting for the answer: expected "+PONG", seen nothing`) {
		t.Errorf("%+v", got)
	}
}
