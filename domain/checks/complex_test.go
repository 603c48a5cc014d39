package checks_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

func TestParseComplex(t *testing.T) {
	for sentence, c := range map[string]struct {
		text string
		want []checks.Settings
	}{
		"every setting of every check, in the order written": {
			text: ` {
				"xmlrpc": {"url": "/RPC2", "sock_path": "", "sock_dir": "", "port": 9001, "method": "ping",
				           "username": "admin", "password": "s3cret", "num_retries": 0, "timeout": 2},
				"http": {"url": "/ping", "port": "web_(\\d+)", "timeout": 0.5, "num_retries": 3, "method": "POST",
				         "json" : {"deep": [1, null]} , "headers": {"X-A": "1"}, "username": "u", "password": ""},
				"tcp": {"port": "8080", "timeout": 1.5, "num_retries": 1},
				"file": {"timeout": 60, "fail_on_error": true, "filepath": "/run/beat", "root_dir": "/tmp"},
				"memory": {"max_rss": 204800, "cumulative": true},
				"cpu": {"max_cpu": 90.5, "interval": 1800}
			} `,
			want: []checks.Settings{
				checks.XMLRPC{URL: "/RPC2", Port: port(t, "9001"), Method: "ping", Username: "admin", Password: "s3cret",
					Retries: new(0), Timeout: 2 * time.Second},
				checks.HTTP{URL: "/ping", Port: port(t, `web_(\d+)`), Timeout: 500 * time.Millisecond, Retries: new(3), Method: "POST",
					JSON: `{"deep": [1, null]}`, Headers: map[string]string{"X-A": "1"}, Username: "u"},
				checks.TCP{Port: port(t, "8080"), Timeout: 1500 * time.Millisecond, Retries: new(1)},
				checks.File{Timeout: time.Minute, FailOnError: true, Path: "/run/beat", RootDir: "/tmp"},
				checks.Memory{MaxRSS: 204800, Cumulative: true},
				checks.CPU{MaxPercent: 90.5, Interval: 30 * time.Minute},
			},
		},
		"only what is required": {
			text: `{"http":{"body":"a=b","url":"/","port":1},"xmlrpc":{"sock_dir":"/run"}}`,
			want: []checks.Settings{checks.HTTP{Body: "a=b", URL: "/", Port: port(t, "1"), Retries: new(2)}, checks.XMLRPC{SocketDir: "/run", Retries: new(2)}},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := checks.ParseComplex(c.text)
			if err != nil {
				t.Fatal(err)
			}
			ports := cmp.Comparer(func(a, b checks.PortSpec) bool { return a.String() == b.String() })
			if diff := cmp.Diff(c.want, got, ports); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseComplexRefuses(t *testing.T) {
	http := func(member string) string { return `{"http": {"url": "/", "port": 80, ` + member + `}}` }
	for sentence, c := range map[string]struct{ text, setting, value, why string }{
		"nothing":                        {``, "line 1 column 1", "", "unexpected end"},
		"half of an object":              {`{"tcp": {`, "line 1 column 9", "{", "unexpected end"},
		"broken JSON in a later line":    {"{\n  \"tcp\": {\"port\": 80,}}", "line 2 column 22", "}", "looking for beginning of object key"},
		"something behind the end":       {`{"tcp": {"port": 80}} x`, "line 1 column 23", "x", "after top-level value"},
		"a single backslash":             {`{"tcp": {"port": "web_(\d+)"}}`, "line 1 column 25", "d", `such as "web_(\\d+)"`},
		"no object":                      {`["tcp"]`, "checks", "***", "write an object of checks"},
		"null":                           {`null`, "checks", "***", "write an object of checks"},
		"no check":                       {`{}`, "checks", "***", "write an object of checks"},
		"an unknown check":               {`{"memry": {}}`, "memry", "memry", "did you mean memory?"},
		"a check like no other":          {`{"dns": {}}`, "dns", "dns", "there are http, tcp, xmlrpc, memory, cpu, file"},
		"a check written twice":          {`{"tcp": {"port": 80}, "tcp": {"port": 81}}`, "tcp", "***", "written twice"},
		"a check that is no object":      {`{"tcp": 80}`, "tcp", "***", "object in braces"},
		"a check that is null":           {`{"tcp": null}`, "tcp", "***", "object in braces"},
		"a setting written twice":        {`{"tcp": {"port": 80, "port": 81}}`, "tcp.port", "81", "written twice"},
		"a setting with another's name":  {`{"tcp": {"prt": 80}}`, "tcp.prt", "prt", "did you mean port?"},
		"a setting like no other":        {`{"tcp": {"password": "pw"}}`, "tcp.password", "password", "there are num_retries, port, timeout"},
		"a short setting like no other":  {`{"tcp": {"x": 1}}`, "tcp.x", "x", "there are num_retries, port, timeout"},
		"a missing URL":                  {`{"http": {"port": 80}}`, "http.url", "", "beginning with a slash"},
		"a missing port":                 {`{"tcp": {}}`, "tcp.port", "", "write a number from 1 to 65535"},
		"a missing target":               {`{"xmlrpc": {"port": 80}}`, "xmlrpc.url", "", "exactly one"},
		"a missing limit of memory":      {`{"memory": {}}`, "memory.max_rss", "", "kilobytes"},
		"a missing limit of cpu":         {`{"cpu": {"interval": 1}}`, "cpu.max_cpu", "", "percentage"},
		"a missing interval":             {`{"cpu": {"max_cpu": 1}}`, "cpu.interval", "", "how long"},
		"a missing heartbeat timeout":    {`{"file": {}}`, "file.timeout", "", "heartbeat"},
		"a port that is none":            {`{"tcp": {"port": 65536}}`, "tcp.port", "65536", "65535"},
		"a port with a fraction":         {`{"tcp": {"port": 80.5}}`, "tcp.port", "80.5", "65535"},
		"a port pattern without a group": {`{"tcp": {"port": "web"}}`, "tcp.port", `"web"`, "exactly one group"},
		"a port that is null":            {`{"tcp": {"port": null}}`, "tcp.port", "null", "65535"},
		"a timeout in quotes":            {http(`"timeout": "30"`), "http.timeout", `"30"`, "seconds above 0 without quotes"},
		"a timeout of 0":                 {http(`"timeout": 0`), "http.timeout", "0", "above 0"},
		"a timeout beyond all time":      {http(`"timeout": 1e300`), "http.timeout", "1e300", "above 0"},
		"a fraction of retries":          {http(`"num_retries": 1.5`), "http.num_retries", "1.5", "whole number"},
		"retries that are null":          {http(`"num_retries": null`), "http.num_retries", "null", "whole number"},
		"too many retries":               {http(`"num_retries": 101`), "http.num_retries", "101", "from 0 to 100"},
		"JSON in quotes":                 {http(`"json": "pw"`), "http.json", "***", "the document itself"},
		"JSON that is a number":          {http(`"json": 5`), "http.json", "***", "the document itself"},
		"headers in quotes":              {http(`"headers": "A: pw"`), "http.headers", "***", "object of texts"},
		"a header that is no text":       {http(`"headers": {"A": 5}`), "http.headers", "***", "object of texts"},
		"a header written twice":         {http(`"headers": {"A": "pw", "A": ""}`), "http.headers", "***", "each header once"},
		"a password that is a number":    {http(`"password": 5`), "http.password", "***", "text in quotes"},
		"a text that is a number":        {http(`"method": 5`), "http.method", "5", "text in quotes"},
		"a flag in quotes":               {`{"file": {"fail_on_error": "yes"}}`, "file.fail_on_error", `"yes"`, "true or false"},
		"a limit below 0":                {`{"memory": {"max_rss": -1}}`, "memory.max_rss", "-1", "kilobytes"},
		"a long value": {`{"memory": {"max_rss": "` + strings.Repeat("9", 99) + `"}}`, "memory.max_rss",
			`"` + strings.Repeat("9", 56) + "...", "kilobytes"},
	} {
		t.Run(sentence, func(t *testing.T) {
			got, err := checks.ParseComplex(c.text)
			invalid, ok := err.(*domain.SettingError)
			if !ok || got != nil {
				t.Fatalf("got %v, %v, want a *domain.SettingError alone", got, err)
			}
			if invalid.Setting != c.setting || invalid.Value != c.value || !strings.Contains(invalid.Why, c.why) || strings.Contains(err.Error(), "pw") {
				t.Errorf("got %v, want %s %q with %q", err, c.setting, c.value, c.why)
			}
		})
	}
}

func TestPrefixed(t *testing.T) {
	wantSettingError(t, checks.Prefixed("http", &domain.SettingError{Setting: "port", Value: "0", Why: "why"}),
		domain.SettingError{Setting: "http.port", Value: "0", Why: "why"})
	other := errors.New("other")
	if got := checks.Prefixed("http", other); got != other {
		t.Errorf("got %v", got)
	}
	if got := checks.Prefixed("http", nil); got != nil {
		t.Errorf("got %v", got)
	}
}

func FuzzComplex(f *testing.F) {
	for _, text := range []string{`{"http":{"url":"/","port":80}}`, `{"tcp":{"port":"a(.)"},"memory":{"max_rss":1}}`,
		`{"cpu":{"max_cpu":1e2,"interval":.5}}`, `{"file":{"timeout":1,"timeout":2}}`, `{"xmlrpc":{"sock_path":"\u0000"}}`,
		`{"http":{"headers":{"a":null}}}`, "\xff", `{"":{}}`, `{"http":{"":1}}`, "[[", `{"tcp":{"port":"`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		all, err := checks.ParseComplex(text)
		if err != nil {
			invalid, ok := err.(*domain.SettingError)
			if !ok || invalid.Setting == "" && !strings.Contains(text, `""`) || invalid.Why == "" || all != nil {
				t.Fatalf("%q: %v, %v", text, all, err)
			}
			return
		}
		if len(all) == 0 {
			t.Fatalf("%q holds no check and is accepted", text)
		}
		for _, settings := range all {
			if _, err := settings.Build(checks.World{}); err != nil {
				t.Fatalf("%q is accepted and cannot be built: %v", text, err)
			}
		}
	})
}
