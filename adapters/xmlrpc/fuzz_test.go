package xmlrpc

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/domain"
)

// FuzzSettings has the fast way and kolo read the same settings: where the fast way reads them at all, both find the same.
func FuzzSettings(f *testing.F) {
	const member, list = "<member>\n<name>%s</name>\n<value>%s</value>\n</member>\n", "<array><data>\n<value><int>0</int></value>\n</data></array>"
	entry := func(members ...string) string {
		text := "<value><struct>\n"
		for i := 0; i < len(members); i += 2 {
			text += strings.Replace(strings.Replace(member, "%s", members[i], 1), "%s", members[i+1], 1)
		}
		return text + "</struct></value>\n"
	}
	answer := func(entries ...string) []byte {
		return []byte("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n" + strings.Join(entries, "") +
			"</data></array></value>\n</param>\n</params>\n</methodResponse>\n")
	}
	web := entry("name", "<string>a</string>", "group", "<string>g</string>", "stopwaitsecs", "<int>5</int>", "exitcodes", list, "group_prio", "<int>-1</int>")
	f.Add(answer())
	f.Add(answer(web))
	f.Add(answer(web, entry("name", "<string>&lt;</string>", "group", "<string>g</string>", "autorestart", "<string>auto</string>", "group_prio", "<int>99999999999</int>")))
	f.Add(answer(entry("name", "<int>1</int>", "group", "<string/>")))
	f.Add([]byte("<fault>"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 2048 {
			return
		}
		var room [windowSize]byte
		fast, usual := scanSettings("m", bytes.NewReader(answer), &room)
		slow, err := readSettings("m", answer)
		var known *failure
		if err != nil && !errors.As(err, &known) {
			t.Fatalf("%q: %v is not one of ours", answer, err)
		}
		if diff := cmp.Diff(slow, fast, cmpopts.IgnoreFields(domain.Settings{}, "Fingerprint")); usual && (err != nil || diff != "") {
			t.Errorf("%q: %v\n%s", answer, err, diff)
		}
		for id, s := range slow {
			if id.Group == "" || id.Name == "" || s.StopWait < 0 {
				t.Errorf("%q gave %+v of %q", answer, s, id)
			}
		}
	})
}

// FuzzServerURL has anything read as a URL of supervisord: what is accepted cannot smuggle a line into a request, and no error shows a
// password, however badly it is written into the URL.
func FuzzServerURL(f *testing.F) {
	for _, seed := range []string{"unix:///x y%z", "http://u:p@h:1/RPC2", "http://u:p#@h", "NONE", "", "http://[::1%25lo]:9", "http://u:se@cret@h:99999", "u:p@h",
		"https://h", "http://h:port", "http://h/?token=x", "http://h:80\r\nX: y", "unix://\n"} {
		f.Add(seed)
	}
	const secret = "T0PS3CR3T"
	f.Fuzz(func(t *testing.T, raw string) {
		if len(raw) > 512 {
			return
		}
		call, err := parse(raw)
		var setting *domain.SettingError
		switch {
		case err != nil && !errors.As(err, &setting):
			t.Fatalf("%q: %T", raw, err)
		case err != nil:
		case call.Network != "unix" && call.Network != "tcp" || call.Address == "" || !strings.HasPrefix(call.Path, "/"):
			t.Errorf("%q: %+v", raw, call)
		case call.Network == "tcp" && strings.ContainsFunc(call.Path+call.Address, func(r rune) bool { return r <= ' ' }):
			t.Errorf("%q could smuggle: %+v", raw, call)
		}
		for _, url := range []string{"http://user:" + secret + raw + "@host/", "http://user:" + raw + secret + "@host", "user:" + secret + raw + "@host", "http://host:" + secret} {
			if _, err := parse(url); err != nil && strings.Contains(err.Error(), secret) {
				t.Errorf("%q: %v", url, err)
			}
		}
	})
}

// FuzzFaults has supervisord, or who stands in its place, say anything in a fault: our credentials do not come back in it.
func FuzzFaults(f *testing.F) {
	f.Add(10, "BAD_NAME: x")
	f.Add(1, "s3cr3t pass")
	f.Add(70, strings.Repeat(" ", 290)+"s3cr3t\npass"+strings.Repeat("x", 300))
	f.Add(6, "boss:s3cr3t%20pass Basic Ym9zczpzM2NyM3QgcGFzcw==")
	client, err := New(Config{URL: "http://h", Username: "boss", Password: "s3cr3t pass"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, code int, text string) {
		if len(text) > 2048 {
			return
		}
		err := client.about("m", faulty("m", &domain.Fault{Code: code, Text: text}))
		var fault *domain.Fault
		if !errors.As(err, &fault) || fault.Code != code {
			t.Fatalf("%d %q: %v", code, text, err)
		}
		for _, said := range []string{err.Error(), fault.Text} {
			low := strings.ToLower(said)
			if strings.Contains(low, "s3cr3t pass") || strings.Contains(low, "ym9zczpzm2nym3qgcgfzcw") || strings.ContainsAny(said, "\n\r\x1b") || len([]rune(said)) > 1200 {
				t.Errorf("%q gave %q", text, said)
			}
		}
	})
}
