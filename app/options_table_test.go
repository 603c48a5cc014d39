package app_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
)

func TestTheTableOfTheListener(t *testing.T) {
	var got app.Options
	for word, text := range map[string]string{"serverurl": "http://h:9001", "username": "u", "password": "p w", "state-dir": "/var/lib/x",
		"stopwaitsecs": "20", "max-restarts": "4", "log-level": "warn", "log-format": "json", "max-exec": "3", "history": "1.5MB",
		"listen": "localhost:9117", "listen-beyond-this-machine": "yes", "listen-names": "Web01, web01.example.org", "listen-user": "me", "listen-password": "p w",
		"listen-password-file": "/p", "listen-token-file": "/t"} {
		if err := rowOf(t, &got, word).Set(text); err != nil {
			t.Error(err)
		}
	}
	want := app.Options{ServerURL: "http://h:9001", Username: "u", Password: "p w", StateDir: "/var/lib/x", StopWait: 20 * time.Second,
		Restarts: 4, LogLevel: "warn", LogFormat: "json", Commands: 3, History: 3 << 19, Listen: app.Listen{
			Address: "127.0.0.1:9117", Beyond: true, Names: []string{"web01", "web01.example.org"}, User: "me", Password: "p w", PasswordFile: "/p", TokenFile: "/t"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(domain.Selection{})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	var again app.Options
	for _, row := range got.Table() {
		if err := rowOf(t, &again, row.Word).Set(row.Get()); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(want, again, cmp.AllowUnexported(domain.Selection{})); diff != "" {
		t.Errorf("what is told is read otherwise: -want +got:\n%s", diff)
	}
}

func TestABadSettingOfTheListenerIsRefused(t *testing.T) {
	const secret = "it holds a user name or a password; they are settings of their own, username and password"
	for line, want := range map[string]string{
		"serverurl http://me:s3@h":         `serverurl "(not shown)": ` + secret,
		"serverurl http://me:s/3@h/x":      `serverurl "(not shown)": ` + secret,
		"serverurl localhost:9001":         `serverurl "localhost:9001": write unix:///path or http://host:port`,
		"serverurl unix:///":               `serverurl "unix:///": write unix:///path or http://host:port`,
		"stopwaitsecs 0":                   `stopwaitsecs "0": write a duration of more than nothing such as 30, 30.5, 30s or 5m`,
		"max-restarts 1001":                `max-restarts "1001": write a whole number from 1 to 1000`,
		"max-exec 0":                       `max-exec "0": write a whole number from 1 to 256`,
		"history 20":                       `history "20": write a size from 1MB to 1GB such as 20MB, or "off"`,
		"listen web01:9117":                `listen "web01:9117": write an address of this machine such as 127.0.0.1:9117 or [::1]:9117`,
		"listen 127.0.0.1":                 `listen "127.0.0.1": write an address of this machine such as 127.0.0.1:9117 or [::1]:9117`,
		"listen-beyond-this-machine maybe": `listen-beyond-this-machine "maybe": write yes or no`,
		"listen-names a,http://b":          `listen-names "a,http://b": write names of this machine without ports, such as web01.example.org, with commas between`,
		"listen-user a:b":                  `listen-user "a:b": write a name without a colon, which HTTP does not allow there`,
		"history 2TB":                      `history "2TB": write a size from 1MB to 1GB such as 20MB, or "off"`,
		"log-level loud":                   `log-level "loud": write debug, info, warn or error`,
		"log-format xml":                   `log-format "xml": write text or json`,
	} {
		var o app.Options
		word, text, _ := strings.Cut(line, " ")
		if err := rowOf(t, &o, word).Set(text); err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if diff := cmp.Diff(app.Options{}, o, cmp.AllowUnexported(domain.Selection{})); diff != "" {
			t.Errorf("%s: it was changed all the same: %s", line, diff)
		}
	}
}

func rowOf(t *testing.T, o *app.Options, word string) domain.Setting {
	t.Helper()
	for _, row := range o.Table() {
		if row.Word == word {
			return row
		}
	}
	t.Fatalf("there is no setting %s", word)
	return domain.Setting{}
}
