package app_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app"
)

const listenToken = "0123456789abcdef0123456789abcdef"

// written is a file of this mode in a folder of its own.
func written(t *testing.T, text string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhoMayReachTheAddress(t *testing.T) {
	const beyond = `listen "0.0.0.0:9117": other machines can reach this address`
	token, password := written(t, listenToken+"\n", 0o640), written(t, "p w\r\n", 0o600)
	for name, tt := range map[string]struct {
		listen app.Listen
		want   string // how the sentence begins; empty: all is well
	}{
		"nowhere":                        {app.Listen{}, ""},
		"nowhere, whatever else is said": {app.Listen{User: "u", TokenFile: "/nowhere"}, ""},
		"this machine":                   {app.Listen{Address: "127.0.0.1:9117"}, ""},
		"this machine with a password":   {app.Listen{Address: "[::1]:9117", User: "u", Password: "p"}, ""},
		"all of them":                    {app.Listen{Address: "0.0.0.0:9117"}, beyond + "; if that is meant, write listen_beyond_this_machine = yes too, and for those who may see it listen_token_file, or listen_user and listen_password_file"},
		"all of them, with a token":      {app.Listen{Address: "0.0.0.0:9117", TokenFile: token}, beyond + "; if that is meant, write listen_beyond_this_machine = yes too"},
		"said twice":                     {app.Listen{Address: "0.0.0.0:9117", Beyond: true}, beyond + ", and anybody there could see everything; write listen_token_file, or listen_user and listen_password_file too"},
		"said twice, with a token":       {app.Listen{Address: "0.0.0.0:9117", Beyond: true, TokenFile: token}, ""},
		"said twice, with a password":    {app.Listen{Address: "192.0.2.1:9117", Beyond: true, User: "u", PasswordFile: password}, ""},
		"a user without a password":      {app.Listen{Address: "127.0.0.1:9117", User: "u"}, `listen-user "u": it has no password; write listen_password_file too`},
		"a password without a user":      {app.Listen{Address: "127.0.0.1:9117", Password: "secret"}, "listen-user is missing: a password belongs to it; write listen_user = NAME too"},
		"a file that is not there":       {app.Listen{Address: "127.0.0.1:9117", TokenFile: "/nowhere"}, `listen-token-file "/nowhere": the file cannot be read: no such file or directory`},
		"a folder":                       {app.Listen{Address: "127.0.0.1:9117", TokenFile: "/"}, `listen-token-file "/": this is no file with one line`},
		"a device":                       {app.Listen{Address: "127.0.0.1:9117", TokenFile: "/dev/zero"}, `listen-token-file "/dev/zero": this is no file with one line`},
		"a huge file":                    {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, strings.Repeat("x", 5000), 0o600)}, `listen-token-file "PATH": this is no file with one line`},
		"a token that all may read":      {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, listenToken, 0o604)}, `listen-token-file "PATH": everybody on this machine may read or change this file; take that away with chmod o= PATH`},
		"a password that all may read":   {app.Listen{Address: "127.0.0.1:9117", User: "u", PasswordFile: written(t, "p", 0o644)}, `listen-password-file "PATH": everybody on this machine may read or change this file`},
		"a token that all may write":     {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, listenToken, 0o602)}, `listen-token-file "PATH": everybody on this machine may read or change this file`},
		"an empty file":                  {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, "\n", 0o600)}, `listen-token-file "PATH": the file has to hold one line, and nothing else`},
		"two lines":                      {app.Listen{Address: "127.0.0.1:9117", User: "u", PasswordFile: written(t, "hunter2\nhunter3\n", 0o600)}, `listen-password-file "PATH": the file has to hold one line, and nothing else`},
		"a short token":                  {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, "hunter2\n", 0o600)}, `listen-token-file "PATH": a token is a word of 16 or more letters and digits; make one with "openssl rand -hex 32"`},
		"a token with a blank":           {app.Listen{Address: "127.0.0.1:9117", TokenFile: written(t, "hunter2 hunter2 hunter2\n", 0o600)}, `listen-token-file "PATH": a token is a word`},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			if err := tt.listen.Check(); err != nil {
				got = err.Error()
			}
			for _, path := range []string{tt.listen.TokenFile, tt.listen.PasswordFile} {
				if strings.HasPrefix(path, os.TempDir()) {
					got = strings.ReplaceAll(got, path, "PATH")
				}
			}
			if tt.want == "" && got != "" || !strings.HasPrefix(got, tt.want) || strings.Contains(got, "hunter") {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
