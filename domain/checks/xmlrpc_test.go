package checks_test

import (
	"testing"
	"time"

	"github.com/golang/mock/gomock"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestXMLRPCRequest(t *testing.T) {
	for sentence, c := range map[string]struct {
		settings checks.XMLRPC
		want     domain.XMLRPCRequest
		reason   string
	}{
		"a URL is a path on the port": {
			settings: checks.XMLRPC{URL: "/api?x=12345678", Port: checks.FixedPort(80), Username: "admin", Password: "s3cret"},
			want:     domain.XMLRPCRequest{Network: "tcp", Address: "127.0.0.1:80", Path: "/api?x=12345678", Method: "status", Username: "admin", Password: "s3cret"},
			reason:   "status() of 127.0.0.1:80/api?***: answered",
		},
		"a socket is one for all": {
			settings: checks.XMLRPC{SocketPath: "/run/web.sock", Method: "ping"},
			want:     domain.XMLRPCRequest{Network: "unix", Address: "/run/web.sock", Path: "/RPC2", Method: "ping"},
			reason:   "ping() of /run/web.sock: answered",
		},
		"a directory has a socket for each name": {
			settings: checks.XMLRPC{SocketDir: "/run/socks/"},
			want:     domain.XMLRPCRequest{Network: "unix", Address: "/run/socks/web_8081.sock", Path: "/RPC2", Method: "status"},
			reason:   "status() of /run/socks/web_8081.sock: answered",
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			w := newWorld(t)
			w.xmlrpc.EXPECT().XMLRPC(gomock.Any(), c.want)
			wantVerdict(t, build(t, c.settings, w).Run(t.Context(), web()), domain.Healthy.Because("%s", c.reason))
		})
	}
}

func TestXMLRPCAndTCPSettingsAreRefused(t *testing.T) {
	const one = "write exactly one of url (with port), sock_path and sock_dir"
	for sentence, c := range map[string]struct {
		settings       checks.Settings
		setting, value string
		why            string
	}{
		"no target":                {checks.XMLRPC{}, "url", "", one},
		"URL and socket":           {checks.XMLRPC{URL: "/", SocketPath: "/s"}, "sock_path", "/s", one},
		"socket and directory":     {checks.XMLRPC{SocketDir: "/d", SocketPath: "/s"}, "sock_path", "/s", one},
		"URL and directory":        {checks.XMLRPC{URL: "/", SocketDir: "/d"}, "sock_dir", "/d", one},
		"a socket with a port":     {checks.XMLRPC{SocketPath: "/s", Port: checks.FixedPort(80)}, "port", "80", "write a port with url only; a unix socket has none"},
		"xmlrpc: negative timeout": {checks.XMLRPC{SocketPath: "/s", Timeout: -1}, "timeout", "-1ns", "write a time above 0 for one attempt, such as 15 seconds"},
		"tcp: negative timeout":    {checks.TCP{Port: checks.FixedPort(80), Timeout: -time.Second}, "timeout", "-1s", "write a time above 0 for one attempt, such as 15 seconds"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := c.settings.Build(checks.World{})
			wantSettingError(t, err, domain.SettingError{Setting: c.setting, Value: c.value, Why: c.why})
		})
	}
	for _, settings := range []checks.Settings{checks.XMLRPC{URL: "/"}, checks.TCP{}, checks.Custom{}} {
		if _, err := settings.Build(checks.World{}); err == nil {
			t.Errorf("%T lacks what it needs and is not refused", settings)
		}
	}
	own := domain.NewCheck("own", nil)
	if got, err := (checks.Custom{Check: own}).Build(checks.World{}); got.Name() != "own" || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
}
