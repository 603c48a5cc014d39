package discovery

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
)

func none(string) (string, bool) { return "", false }

// file writes a supervisord.conf. {dir} in it is its folder.
func file(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "supervisord.conf")
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(text, "{dir}", dir)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatTheFileSays(t *testing.T) {
	path := file(t, `[supervisord]
logfile=%(here)s/s.log
[program:web]
command=x
numprocs=2
numprocs_start=7
process_name=%(program_name)s_%(process_num)02d
[eventlistener:healthcheck]
command=y
[group:jobs]
programs=web
[healthcheck:web]
memory=1GB
[supervisorctl]
serverurl=http://127.0.0.1:9001
username=me
password=x%%y
`)
	got, err := Read(path, none)
	want := Configuration{
		Path: path, LogFolder: filepath.Dir(path), Server: Server{"http://127.0.0.1:9001", "me", "x%y"},
		Processes: map[domain.ID]Made{
			{Group: "jobs", Name: "web_07"}:             {Program: "web", Number: 7, Count: 2},
			{Group: "jobs", Name: "web_08"}:             {Program: "web", Number: 8, Count: 2},
			{Group: "healthcheck", Name: "healthcheck"}: {Program: "healthcheck", Listener: true, Count: 1},
		},
		Sections: map[string]string{"web": path + ":12", "eventlistener:healthcheck": path + ":8"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v, -want +got:\n%s", err, diff)
	}
}

func TestWhereSupervisordIsAsked(t *testing.T) {
	for text, want := range map[string]Server{
		"[unix_http_server]\nfile=/run/s.sock\nusername=a\npassword=b":                                       {"unix:///run/s.sock", "a", "b"},
		"[unix_http_server]\nfile=/run/s.sock\nusername=a\npassword={SHA}82ab":                               {"unix:///run/s.sock", "", ""},
		"[inet_http_server]\nport=*:9001\nusername=a\npassword=b":                                            {"http://127.0.0.1:9001", "a", "b"},
		"[inet_http_server]\nport=9001":                                                                      {"http://127.0.0.1:9001", "", ""},
		"[inet_http_server]\nport=10.0.0.5:9001":                                                             {"http://10.0.0.5:9001", "", ""},
		"[unix_http_server]\nfile=/run/s.sock\npassword=b\n[supervisorctl]\nserverurl=http://localhost:9001": {"http://localhost:9001", "", ""},
	} {
		if c, err := Read(file(t, text), none); c.Server != want || err != nil {
			t.Errorf("%s: %v, %v", text, c.Server, err)
		}
	}
}

func TestWhichFileIsRead(t *testing.T) {
	path := file(t, "[unix_http_server]\nfile={dir}/s.sock\nusername=a\npassword=b")
	broken := file(t, "[unix_http_server\n")
	mute := file(t, "[supervisord]\n")
	url := "unix://" + filepath.Dir(path) + "/s.sock"
	for name, test := range map[string]struct {
		file, url string
		found     Found
		want      Configuration
		err       string
	}{
		"the one that is named":                           {path, "", Found{}, Configuration{Path: path, Server: Server{url, "a", "b"}}, ""},
		"the one that is named, about another one":        {path, "unix:///x", Found{}, Configuration{Path: path, Server: Server{url, "a", "b"}}, ""},
		"the one that is found":                           {"", "", Found{Path: path}, Configuration{Path: path, Server: Server{url, "a", "b"}}, ""},
		"the one that is found, about this one":           {"", url, Found{Path: path}, Configuration{Path: path, Server: Server{url, "a", "b"}}, ""},
		"none, if the one that is found is about another": {"", "unix:///x", Found{Path: path}, Configuration{}, ""},
		"the one of which supervisord itself tells":       {"", "unix:///x", Found{path, true}, Configuration{Path: path, Server: Server{url, "a", "b"}}, ""},
		"none, if that cannot be read":                    {"", "unix:///x", Found{broken, true}, Configuration{}, ""},
		"none, if there is none and an address":           {"", "unix:///x", Found{}, Configuration{}, ""},
		"one that is not there":                           {"/nonexistent/x.conf", "", Found{}, Configuration{}, "/nonexistent/x.conf cannot be read: no such file or directory"},
		"one that cannot be read":                         {broken, "", Found{}, Configuration{}, broken + `:1: "[unix_http_server" stands before the first section; begin with one such as [supervisord]`},
		"one that does not say how supervisord is asked":  {mute, "", Found{}, Configuration{}, mute + " does not say how supervisord is asked: write a section [unix_http_server] with file=, such as file = /run/supervisor.sock"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Configured(test.file, test.url, func() (Found, error) {
				if test.found.Path == "" {
					return Found{}, ErrNoFile
				}
				return test.found, nil
			}, none)
			got.Processes, got.Sections = nil, nil
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			var wrong *FileError
			if test.err == "" && err != nil || test.err != "" && (!errors.As(err, &wrong) || err.Error() != test.err) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestCredentialsGoToNobodyElse(t *testing.T) {
	of := Server{"unix:///run/s.sock", "a", "b"}
	for given, want := range map[Server]Server{
		{}:                               of,
		{URL: "unix:///run/s.sock"}:      of,
		{URL: "http://elsewhere:9001"}:   {URL: "http://elsewhere:9001"},
		{Username: "c", Password: "d"}:   {"unix:///run/s.sock", "c", "d"},
		{"http://elsewhere:1", "c", "d"}: {"http://elsewhere:1", "c", "d"},
	} {
		if got := given.Or(of); got != want {
			t.Errorf("%v: %v", given, got)
		}
	}
}

func TestWhereThereIsNoFile(t *testing.T) {
	_, err := Configured("", "", func() (Found, error) { return Found{}, &notFound{[]string{"/a", "/b"}} }, none)
	if want := "no supervisord.conf was found at /a, /b; name it with -c FILE, or give --serverurl URL"; !errors.Is(err, ErrNoFile) || err.Error() != want {
		t.Error(err)
	}
}

func TestWhichSupervisordIsHere(t *testing.T) {
	for url, want := range map[string]bool{
		"unix:///run/s.sock": true, "unix:///run/%x": true, "http://localhost:9001": true, "http://127.0.0.1:9001": true, "http://[::1]:9001": true,
		"http://10.0.0.5:9001": false, "http://web1:9001": false, "http://0.0.0.0:9001": false, "nonsense": false, "": false, "http://%": false,
	} {
		if got := (Server{URL: url}).Here(); got != want {
			t.Errorf("%s: %t", url, got)
		}
	}
}
