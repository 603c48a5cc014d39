package checks_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// bound makes the settings of a kind, by its word.
func bound(t *testing.T, word string) (checks.Kind, checks.Bound) {
	t.Helper()
	for _, kind := range checks.Kinds() {
		if kind.Word == word {
			return kind, kind.New()
		}
	}
	t.Fatalf("there is no check %s", word)
	return checks.Kind{}, nil
}

// setting finds the row of a line such as "http.timeout" or "http".
func setting(t *testing.T, table []domain.Setting, line string) domain.Setting {
	t.Helper()
	_, word, further := strings.Cut(line, ".")
	for _, row := range table {
		if !further && row.Main || further && (row.Word == word || slices.Contains(row.Also, word)) {
			return row
		}
	}
	t.Fatalf("there is no setting %s", line)
	return domain.Setting{}
}

// A line is as a section has it; the settings are those of the check after it, and the text is what the row tells then.
func TestASettingIsReadAndToldAsASectionHasIt(t *testing.T) {
	for line, want := range map[string]struct {
		settings checks.Settings
		text     string // as the line, if it is empty
	}{
		"http = http://127.0.0.1:8000/ping":        {settings: checks.HTTP{Host: "127.0.0.1", Port: checks.FixedPort(8000), URL: "/ping"}},
		"http = http://localhost:8000/a?b=c:d/e":   {settings: checks.HTTP{Host: "localhost", Port: checks.FixedPort(8000), URL: "/a?b=c:d/e"}},
		"http = http://web-1.example.org/ping":     {checks.HTTP{Host: "web-1.example.org", Port: checks.FixedPort(80), URL: "/ping"}, "http://web-1.example.org:80/ping"},
		"http = http://127.0.0.1:8000":             {checks.HTTP{Host: "127.0.0.1", Port: checks.FixedPort(8000), URL: "/"}, "http://127.0.0.1:8000/"},
		"http = http://h:1?deep=1":                 {checks.HTTP{Host: "h", Port: checks.FixedPort(1), URL: "/?deep=1"}, "http://h:1/?deep=1"},
		"http = http://[::1]:8000/ping":            {settings: checks.HTTP{Host: "::1", Port: checks.FixedPort(8000), URL: "/ping"}},
		"http = http://[fe80::1%eth0]/x":           {checks.HTTP{Host: "fe80::1%eth0", Port: checks.FixedPort(80), URL: "/x"}, "http://[fe80::1%eth0]:80/x"},
		"http = http://unix:/run/app.sock:/ping:1": {settings: checks.HTTP{Socket: "/run/app.sock", URL: "/ping:1"}},
		"http = http://unix:/run/app.sock":         {checks.HTTP{Socket: "/run/app.sock", URL: "/"}, "http://unix:/run/app.sock:/"},
		"http = https://www.example.org/":          {checks.HTTP{Host: "www.example.org", Port: checks.FixedPort(443), HTTPS: true, URL: "/"}, "https://www.example.org:443/"},
		"http = https://unix:/run/app.sock:/ping":  {settings: checks.HTTP{Socket: "/run/app.sock", HTTPS: true, URL: "/ping"}},
		"http.host = www.example.org:8443":         {settings: checks.HTTP{Site: "www.example.org:8443"}},
		"http.host = [::1]:80":                     {settings: checks.HTTP{Site: "[::1]:80"}},
		"http.server-name = www.example.org":       {settings: checks.HTTP{TLS: checks.TLS{TLS: domain.TLS{ServerName: "www.example.org"}}}},
		"http.verify = no":                         {checks.HTTP{TLS: checks.TLS{TLS: domain.TLS{Unverified: true}}}, "false"},
		"http.expires = 14d":                       {checks.HTTP{TLS: checks.TLS{Expires: 14 * 24 * time.Hour}}, "336h"},
		"http.timeout = 5s":                        {settings: checks.HTTP{Timeout: 5 * time.Second}},
		"http.timeout = 90":                        {checks.HTTP{Timeout: 90 * time.Second}, "1m30s"},
		"http.retries = 0":                         {settings: checks.HTTP{Retries: new(0)}},
		"http.method = head":                       {settings: checks.HTTP{Method: "head"}},
		"http.headers = Accept: text/plain\nX-A:b": {checks.HTTP{Headers: map[string]string{"Accept": "text/plain", "X-A": "b"}}, "Accept: text/plain\nX-A: b"},
		`http.headers = {"": "b", "A": " c"}`:      {checks.HTTP{Headers: map[string]string{"": "b", "A": " c"}}, `{"":"b","A":" c"}`},
		`http.headers = {"X-A": "b:c"}`:            {checks.HTTP{Headers: map[string]string{"X-A": "b:c"}}, "X-A: b:c"},
		"http.status = 200-299,401":                {settings: checks.HTTP{Expected: checks.Expected{Status: checks.Statuses{{From: 200, To: 299}, {From: 401, To: 401}}}}},
		"http.status = 200 - 201 , 401":            {checks.HTTP{Expected: checks.Expected{Status: checks.Statuses{{From: 200, To: 201}, {From: 401, To: 401}}}}, "200-201,401"},
		"http.contains = all is well":              {settings: checks.HTTP{Expected: checks.Expected{Contains: "all is well"}}},
		`http.matches = (?i)^ok\b`:                 {settings: checks.HTTP{Expected: checks.Expected{Matches: `(?i)^ok\b`}}},
		"http.without = ERROR":                     {settings: checks.HTTP{Expected: checks.Expected{Without: "ERROR"}}},
		`http.json = status == "UP"`:               {settings: checks.HTTP{Expected: checks.Expected{JSON: `status == "UP"`}}},
		"http.expect-header = Content-Type: ^a/b":  {settings: checks.HTTP{Expected: checks.Expected{Header: map[string]string{"Content-Type": "^a/b"}}}},
		"http.slowest = 2s":                        {settings: checks.HTTP{Expected: checks.Expected{Slowest: 2 * time.Second}}},
		"http.redirects = 3":                       {settings: checks.HTTP{Expected: checks.Expected{Redirects: 3}}},
		`http.send-json = {"a": 1}`:                {settings: checks.HTTP{JSON: `{"a": 1}`}},
		`http.port = web_(\d+)`:                    {settings: checks.HTTP{Port: port(t, `web_(\d+)`)}},
		"http.path = /ping":                        {settings: checks.HTTP{URL: "/ping"}},

		"tcp = 10.0.0.1:5432":                 {settings: checks.TCP{Host: "10.0.0.1", Port: checks.FixedPort(5432)}},
		"tcp = db:5432":                       {settings: checks.TCP{Host: "db", Port: checks.FixedPort(5432)}},
		"tcp = [::1]:5432":                    {settings: checks.TCP{Host: "::1", Port: checks.FixedPort(5432)}},
		"tcp = 5432":                          {checks.TCP{Host: "127.0.0.1", Port: checks.FixedPort(5432)}, "127.0.0.1:5432"},
		"tcp = unix:/run/a:b.sock":            {settings: checks.TCP{Socket: "/run/a:b.sock"}},
		"tcp.send = PING\\r\\n":               {settings: checks.TCP{Send: "PING\r\n"}},
		`tcp.send = " a \"b\" "`:              {settings: checks.TCP{Send: ` a "b" `}},
		`tcp.expect = say "+\x00ü"`:           {settings: checks.TCP{Expect: "say \"+\x00ü\""}},
		"tcp.expect = +PONG":                  {settings: checks.TCP{Expect: "+PONG"}},
		"tcp.tls = yes":                       {checks.TCP{Secure: true}, "true"},
		"tcp.server-name = db.example.org":    {settings: checks.TCP{TLS: checks.TLS{TLS: domain.TLS{ServerName: "db.example.org"}}}},
		"udp = 10.0.0.1:53":                   {settings: checks.UDP{Host: "10.0.0.1", Port: checks.FixedPort(53)}},
		"udp.send = \\x00ping":                {settings: checks.UDP{Send: "\x00ping"}},
		"fastcgi = 10.0.0.1:9000":             {settings: checks.FastCGI{Host: "10.0.0.1", Port: checks.FixedPort(9000)}},
		"fastcgi = unix:/run/p.sock":          {settings: checks.FastCGI{Socket: "/run/p.sock"}},
		"fastcgi.path = /status?json":         {settings: checks.FastCGI{Path: "/status?json"}},
		"fastcgi.expect = ok":                 {settings: checks.FastCGI{Expect: "ok"}},
		"dns = example.com":                   {settings: checks.DNS{Query: "example.com"}},
		"dns.server = [::1]:5353":             {settings: checks.DNS{Host: "::1", Port: checks.FixedPort(5353)}},
		"dns.type = aaaa":                     {checks.DNS{Type: "AAAA"}, "AAAA"},
		"dns.expect = 192.0.2.10":             {settings: checks.DNS{Expect: "192.0.2.10"}},
		"grpc = 10.0.0.1:50051":               {settings: checks.GRPC{Host: "10.0.0.1", Port: checks.FixedPort(50051)}},
		"grpc = unix:/run/g.sock":             {settings: checks.GRPC{Socket: "/run/g.sock"}},
		"grpc.service = shop.Cart":            {settings: checks.GRPC{Service: "shop.Cart"}},
		"grpc.tls = yes":                      {checks.GRPC{Secure: true}, "true"},
		"grpc.server-name = shop.example.org": {settings: checks.GRPC{TLS: checks.TLS{TLS: domain.TLS{ServerName: "shop.example.org"}}}},
		"xmlrpc = https://h/api":              {checks.XMLRPC{Host: "h", Port: checks.FixedPort(443), HTTPS: true, URL: "/api"}, "https://h:443/api"},
		"xmlrpc = http://h:9001/api":          {settings: checks.XMLRPC{Host: "h", Port: checks.FixedPort(9001), URL: "/api"}},
		"xmlrpc = http://h:9001":              {checks.XMLRPC{Host: "h", Port: checks.FixedPort(9001), URL: "/RPC2"}, "http://h:9001/RPC2"},
		"xmlrpc = unix:/run/s.sock":           {checks.XMLRPC{SocketPath: "/run/s.sock", Path: "/RPC2"}, "http://unix:/run/s.sock:/RPC2"},
		"xmlrpc = http://unix:/s:/api":        {settings: checks.XMLRPC{SocketPath: "/s", Path: "/api"}},
		"xmlrpc.socket-dir = /run":            {settings: checks.XMLRPC{SocketDir: "/run"}},

		"memory = 800MB":          {settings: checks.Memory{MaxRSS: 800 << 10}},
		"memory = 1.5 GiB":        {checks.Memory{MaxRSS: 1536 << 10}, "1536MB"},
		"memory = 3k":             {checks.Memory{MaxRSS: 3}, "3KB"},
		"memory = 2TB":            {settings: checks.Memory{MaxRSS: 2 << 30}},
		"memory = 90%":            {settings: checks.Memory{MaxPercent: 90}},
		"memory = 12.5 %":         {checks.Memory{MaxPercent: 12.5}, "12.5%"},
		"memory.kind = pss":       {settings: checks.Memory{Kind: checks.PSS}},
		"memory.cumulative = yes": {checks.Memory{Cumulative: true}, "true"},
		"memory.tree = yes":       {checks.Memory{Cumulative: true}, "true"},

		"fds = 80%":     {settings: checks.FDs{MaxPercent: 80}},
		"fds = 5000":    {settings: checks.FDs{Max: 5000}},
		"threads = 500": {settings: checks.Threads{Max: 500}},

		"uptime = 7d":        {settings: checks.Uptime{Max: 7 * 24 * time.Hour}},
		"uptime = 36h":       {settings: checks.Uptime{Max: 36 * time.Hour}},
		"uptime = 48h":       {checks.Uptime{Max: 48 * time.Hour}, "2d"},
		"uptime.jitter = 1h": {settings: checks.Uptime{Jitter: time.Hour}},

		"cpu = 90% for 10m": {settings: checks.CPU{MaxPercent: 90, Interval: 10 * time.Minute}},
		"cpu = 90":          {checks.CPU{MaxPercent: 90}, "90%"},
		"cpu.limit = 150%":  {settings: checks.CPU{MaxPercent: 150}},
		"cpu.tree = on":     {checks.CPU{Cumulative: true}, "true"},
		"cpu.for = 60":      {checks.CPU{Interval: time.Minute}, "1m"},

		"heartbeat = file /run/a b 60s": {checks.File{Path: "/run/a b", Timeout: time.Minute}, "file /run/a b 1m"},
		"heartbeat = file 90s":          {checks.File{Timeout: 90 * time.Second}, "file 1m30s"},
		"heartbeat.required = true":     {settings: checks.File{FailOnError: true}},

		`exec = check "a b" 50%`:           {settings: checks.Exec{Command: `check "a b" 50%`}},
		"exec.shell = on":                  {checks.Exec{Shell: true}, "true"},
		"exec.timeout = 1m":                {settings: checks.Exec{Timeout: time.Minute}},
		"exec.convention = Exit":           {checks.Exec{Convention: checks.ExitStatus}, "exit"},
		"exec.warning = unhealthy":         {settings: checks.Exec{Warning: "unhealthy"}},
		`exec.environment = B='x "y\',A=1`: {checks.Exec{Environment: map[string]string{"A": "1", "B": `x "y\`}}, `A="1",B="x \"y\\"`},
		"exec.user = 1000":                 {settings: checks.Exec{User: "1000"}},
		"exec.directory = /srv":            {settings: checks.Exec{Directory: "/srv"}},

		"worker = python3 w.py": {settings: checks.Worker{Command: "python3 w.py"}},
		"worker.timeout = 30s":  {settings: checks.Worker{Timeout: 30 * time.Second}},
		"worker.parallel = 16":  {settings: checks.Worker{Parallel: 16}},
		"worker.user = nobody":  {settings: checks.Worker{User: "nobody"}},
		"worker.directory = /":  {settings: checks.Worker{Directory: "/"}},
	} {
		t.Run(line, func(t *testing.T) {
			place, text, _ := strings.Cut(line, " = ")
			word, _, _ := strings.Cut(place, ".")
			kind, settings := bound(t, word)
			row := setting(t, settings.Table(), place)
			if err := row.Set(text); err != nil {
				t.Fatal(err)
			}
			if want.text == "" {
				want.text = text
			}
			if diff := cmp.Diff(want.settings, kind.Settings(settings), cmp.Comparer(samePort)); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
			if got := row.Get(); got != want.text {
				t.Errorf("it is told as %q, want %q", got, want.text)
			}
			again := kind.New()
			if err := setting(t, again.Table(), place).Set(row.Get()); err != nil || cmp.Diff(settings, again, cmp.Comparer(samePort)) != "" {
				t.Errorf("what is told, %q, is read as %+v, %v", row.Get(), again, err)
			}
		})
	}
}

func samePort(a, b checks.PortSpec) bool { return a.String() == b.String() }

func TestABadSettingIsRefusedAndChangesNothing(t *testing.T) {
	const (
		url     = "write a URL such as http://127.0.0.1:8000/ping, or http://unix:/run/app.sock:/ping for a unix socket"
		address = "write host and port, such as 127.0.0.1:8000; the port is a number from 1 to 65535, and an IPv6 address stands in brackets"
		host    = "write a name or an address for the host, such as localhost, 127.0.0.1 or [::1]"
		socket  = "write the whole path of the unix socket, beginning with a slash, such as unix:/run/app.sock"
		login   = "give the user name and the password as settings of their own, such as username and password-file"
		size    = "write a size with its unit, such as 800MB or 1.5GB, or a percentage of the machine or the container, such as 90%"
		files   = "write a percentage of the process's own limit such as 80%, or a number such as 5000"
		both    = "write a percentage of one core and how long it may be above that, such as 90% for 10m"
		share   = "write a percentage above 0, such as 90%; 100% is one core"
		beat    = "write how it beats and how long ago that may be, such as file /run/app/beat 60s, event 60s or notify 60s"
		span    = "write a duration of more than nothing such as 30, 30.5, 30s or 5m"
		status  = "write statuses from 100 to 999 with commas between, such as 200-299,401"
		escapes = `write a text with the escapes of Go, such as PING\r\n or "\x00 "; a backslash is written twice`
		lines   = "write a line for each, with a colon behind the name, such as Accept: text/plain"
	)
	for line, want := range map[string]string{
		"http = /ping":                    `url "/ping": ` + url,
		"http =":                          "url is missing: " + url,
		"http = https:/h/ping":            `url "https:/h/ping": ` + url,
		"http = http://":                  `url "http://": ` + host,
		"http = http://h:0/":              `url "http://h:0/": ` + address,
		"http = http://h:/":               `url "http://h:/": ` + address,
		"http = http://h:80:81/":          `url "http://h:80:81/": ` + address,
		"http = http://::1/":              `url "http://::1/": ` + address,
		"http = http://[::1/":             `url "http://[::1/": ` + address,
		"http = http://[localhost]/":      `url "http://[localhost]/": ` + address,
		"http = http://[::1]80/":          `url "http://[::1]80/": ` + address,
		"http = http://[1::2::3]/":        `url "http://[1::2::3]/": ` + host,
		"http = http://a b/":              `url "http://a b/": ` + host,
		"http = http://me:s3@h/":          `url "***@h/": ` + login,
		"http = http://h/a b":             `url "http://h/a b": write blanks and control characters percent-encoded, such as %20`,
		"http = http://h/%":               `url "http://h/%": write %25 for a percent sign that begins no percent-encoding`,
		"http = http://h/%?token=s3":      `url "http://h/%?***": write %25 for a percent sign that begins no percent-encoding`,
		"http = http://unix/ping":         `url "http://unix/ping": ` + socket,
		"http = http://unix:run/s:/":      `url "http://unix:run/s:/": ` + socket,
		"http = http://unix:/run/s:ping":  `url "http://unix:/run/s:ping": ` + url,
		"http.timeout = 0":                `timeout "0": ` + span,
		"http.retries = 101":              `retries "101": write a whole number from 0 to 100`,
		"http.headers = s3":               `headers "***": ` + lines,
		"http.headers = : s3":             `headers "***": ` + lines,
		"http.headers = A: s3\nA: s4":     `headers "***": write each header once`,
		`http.headers = {"A": s3}`:        `headers "***": write a JSON object of strings such as {"Accept": "text/plain"}`,
		"http.host = a b":                 `host "a b": write the name of a host, such as www.example.org`,
		"http.host = :80":                 `host ":80": write the name of a host, such as www.example.org`,
		"http.server-name = a b":          `server-name "a b": write a name or an address, such as www.example.org`,
		"http.ca = none":                  `ca "***": there is no certificate in it; write PEM, which begins with -----BEGIN CERTIFICATE-----`,
		"http.key = none":                 `key "***": there is no key in it that can be used; write PEM without a passphrase, which begins with -----BEGIN PRIVATE KEY-----`,
		"tcp.expect = a\\":                `expect "a\": ` + escapes,
		"udp = unix:/run/s":               `address "unix:/run/s": write host and port, such as 127.0.0.1:5353; a unix socket has no datagrams here`,
		"fastcgi = unix:p.sock":           `address "unix:p.sock": ` + socket,
		"fastcgi.path = ping?s3":          `path "ping?***": write a path that begins with a slash, such as /ping, with blanks percent-encoded`,
		"dns = a b":                       `name "a b": write the name that is asked for, such as example.com; the server is a setting of its own, dns.server`,
		"dns = 127.0.0.1:53":              `name "127.0.0.1:53": write the name that is asked for, such as example.com; the server is a setting of its own, dns.server`,
		"dns.server = unix:/run/s":        `server "unix:/run/s": write host and port of a name server, such as 127.0.0.1:53`,
		"dns.type = ANY":                  `type "ANY": write one of A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT`,
		"grpc = http://h:1":               `address "http://h:1": ` + address,
		"grpc.service = shop Cart":        `service "shop Cart": write the full name of a service, such as shop.Cart`,
		"http.status = 2xx":               `status "2xx": ` + status,
		"http.status = 299-200":           `status "299-200": ` + status,
		"http.status = 200,":              `status "200,": ` + status,
		"http.matches = (":                "matches \"(\": write a regular expression in RE2 syntax: missing closing ): `(`",
		`http.json = status == UP`:        `json "status == UP": write a JSON value behind ==, such as "UP" in double quotes, 5 or true`,
		`http.json = n < "5"`:             `json "n < \"5\"": write a number behind <`,
		"http.json = == 5":                `json "== 5": write a path and what its value must be, such as status == "UP", with ==, !=, <, <=, > or >= and a JSON value, or a path alone for what must be there`,
		"http.redirects = 21":             `redirects "21": write a whole number from 0 to 20`,
		"tcp = db":                        `address "db": ` + address,
		"tcp = db:http":                   `address "db:http": ` + address,
		"tcp = :80":                       `address ":80": ` + host,
		"tcp = 0":                         `address "0": ` + address,
		"tcp = 70000":                     `address "70000": ` + address,
		"tcp = unix:":                     `address "unix:": ` + socket,
		"xmlrpc = unix:s":                 `url "unix:s": ` + socket,
		"memory = 204800":                 `limit "204800": ` + size,
		"memory = MB":                     `limit "MB": ` + size,
		"memory = 0MB":                    `limit "0MB": ` + size,
		"memory = -1MB":                   `limit "-1MB": ` + size,
		"memory = 1e3MB":                  `limit "1e3MB": ` + size,
		"memory = 800 M B":                `limit "800 M B": ` + size,
		"memory = 800B":                   `limit "800B": ` + size,
		"memory = 99999999999999TB":       `limit "99999999999999TB": ` + size,
		"memory = 0%":                     `limit "0%": ` + size,
		"memory = 101%":                   `limit "101%": ` + size,
		"memory = NaN%":                   `limit "NaN%": ` + size,
		"memory.kind = vsz":               `kind "vsz": write rss, pss or uss`,
		"fds = 0":                         `limit "0": ` + files,
		"fds = 101%":                      `limit "101%": ` + files,
		"fds = 80.5":                      `limit "80.5": ` + files,
		"uptime = 0":                      `limit "0": ` + span,
		"threads = many":                  `limit "many": write a number of threads, such as 500`,
		"threads = -1":                    `limit "-1": write a number of threads, such as 500`,
		"memory.cumulative = maybe":       `cumulative "maybe": write true or false`,
		"cpu = 10m":                       `cpu "10m": ` + both,
		"cpu = 90% for":                   `cpu "90% for": ` + both,
		"cpu = 90% for ever":              `cpu "90% for ever": ` + both,
		"cpu.limit = 0%":                  `limit "0%": ` + share,
		"cpu.limit = NaN":                 `limit "NaN": ` + share,
		"heartbeat = /run/beat 60s":       `heartbeat "/run/beat 60s": ` + beat,
		"heartbeat = file /run/beat":      `heartbeat "file /run/beat": ` + beat,
		"heartbeat = file run/beat 60s":   `heartbeat "file run/beat 60s": ` + beat,
		"heartbeat = file /run/beat soon": `heartbeat "file /run/beat soon": ` + beat,
		"exec.convention = k8s":           `convention "k8s": write nagios or exit`,
		"worker.parallel = 0":             `parallel "0": write a whole number from 1 to 256`,
		"exec.warning = yes":              `warning "yes": write healthy, unhealthy or unknown`,
		"exec.environment = s3":           `environment "***": write each variable once, with a comma between, such as A=1,B="x y"`,
	} {
		t.Run(line, func(t *testing.T) {
			place, text, _ := strings.Cut(line, " =")
			word, _, _ := strings.Cut(place, ".")
			kind, settings := bound(t, word)
			err := setting(t, settings.Table(), place).Set(strings.TrimPrefix(text, " "))
			if err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
			if diff := cmp.Diff(kind.New(), settings, cmp.Comparer(samePort)); diff != "" {
				t.Errorf("the settings were changed all the same: %s", diff)
			}
		})
	}
}

// What is not in the main value was given by other lines and stays.
func TestTheMainValueLeavesTheOtherSettingsAlone(t *testing.T) {
	h := checks.HTTP{Timeout: time.Second}
	main := setting(t, h.Table(), "http")
	h.Method = "HEAD"
	if err := main.Set("http://unix:/s:/x"); err != nil {
		t.Fatal(err)
	}
	if err := main.Set("http://h:81/y"); err != nil {
		t.Fatal(err)
	}
	want := checks.HTTP{Timeout: time.Second, Method: "HEAD", Host: "h", Port: checks.FixedPort(81), URL: "/y"}
	if diff := cmp.Diff(want, h, cmp.Comparer(samePort)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	for word, c := range map[string]struct {
		settings checks.Bound
		text     string
		want     checks.Bound
	}{
		"memory": {&checks.Memory{MaxRSS: 1, Kind: checks.USS, Cumulative: true}, "90%", &checks.Memory{MaxPercent: 90, Kind: checks.USS, Cumulative: true}},
		"cpu":    {&checks.CPU{MaxPercent: 1, Cumulative: true}, "90% for 10m", &checks.CPU{MaxPercent: 90, Interval: 10 * time.Minute, Cumulative: true}},
	} {
		if err := setting(t, c.settings.Table(), word).Set(c.text); err != nil || cmp.Diff(c.want, c.settings) != "" {
			t.Errorf("%s: %+v, %v", word, c.settings, err)
		}
	}
}

func TestAServiceIsAskedWhereItListens(t *testing.T) {
	for line, want := range map[string]struct {
		network, address string
		port             int
		reason           string
	}{
		"http = http://10.0.0.7:80/x":        {"tcp", "10.0.0.7:80", 0, "GET 10.0.0.7:80/x: status 200"},
		"http = http://[::1]:81/x":           {"tcp", "[::1]:81", 81, "GET [::1]:81/x: status 200"},
		"http = http://localhost:81/x?s=3":   {"tcp", "localhost:81", 81, "GET localhost:81/x?***: status 200"},
		"http = http://unix:/run/s:/x":       {"unix", "/run/s", 0, "GET unix:/run/s:/x: status 200"},
		"tcp = db:81":                        {"tcp", "db:81", 0, "db:81: connected"},
		"tcp = 0.0.0.0:81":                   {"tcp", "0.0.0.0:81", 81, "0.0.0.0:81: connected"},
		"tcp = unix:/run/s":                  {"unix", "/run/s", 0, "unix:/run/s: connected"},
		"xmlrpc = http://127.0.0.2:81/RPC2":  {"tcp", "127.0.0.2:81", 81, "status() of 127.0.0.2:81/RPC2: answered"},
		"xmlrpc = http://unix:/run/s:/api/2": {"unix", "/run/s", 0, "status() of /run/s: answered"},
	} {
		t.Run(line, func(t *testing.T) {
			place, text, _ := strings.Cut(line, " = ")
			_, settings := bound(t, place)
			if err := setting(t, settings.Table(), place).Set(text); err != nil {
				t.Fatal(err)
			}
			w := newWorld(t)
			w.http.EXPECT().HTTP(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.HTTPRequest) (domain.HTTPAnswer, error) {
				if r.Network != want.network || r.Address != want.address {
					t.Errorf("asked was %+v", r)
				}
				return domain.HTTPAnswer{Status: 200}, nil
			}).AnyTimes()
			w.tcp.EXPECT().TCP(gomock.Any(), domain.Dialogue{Network: want.network, Address: want.address}).AnyTimes()
			w.xmlrpc.EXPECT().XMLRPC(gomock.Any(), gomock.Any()).DoAndReturn(func(_ context.Context, r domain.XMLRPCRequest) error {
				if r.Network != want.network || r.Address != want.address || r.Path != "/RPC2" && r.Path != "/api/2" {
					t.Errorf("asked was %+v", r)
				}
				return nil
			}).AnyTimes()
			check := build(t, settings, w)
			wantVerdict(t, check.Run(t.Context(), web()), domain.Healthy.Because("%s", want.reason))
			if got, known := check.(domain.Listening).Port(web()); known && got != want.port || known != (want.port != 0) {
				t.Errorf("it expects port %d, %t", got, known)
			}
		})
	}
}

// Every row does what a row promises.
func TestEveryRowIsWhole(t *testing.T) {
	policy := domain.DropIn()
	tables := map[string][]domain.Setting{"policy": append(policy.Table(), policy.Basis())}
	for _, kind := range checks.Kinds() {
		tables[kind.Word] = kind.New().Table()
	}
	for name, table := range tables {
		mains := 0
		for _, row := range table {
			if row.Main {
				mains++
			}
			if row.Word == "" || row.Value == "" || row.Doc == "" || row.Set == nil || row.Get == nil || (row.JSON == "") != (row.SetJSON == nil) {
				t.Errorf("%s: a row lacks something: %+v", name, row)
			}
			if row.Doc != strings.TrimSuffix(row.Doc, ".") {
				t.Errorf("%s.%s: %s", name, row.Word, row.Doc)
			}
			before := row.Get()
			if row.Default != "" && row.Set(row.Default) != nil {
				t.Errorf("%s.%s: its default %q is refused", name, row.Word, row.Default)
			}
			if got := row.Get(); got != before || (before == "") != (row.Default == "") {
				t.Errorf("%s.%s: it tells %q before anything is set, and %q when that is its default", name, row.Word, before, got)
			}
		}
		if want := map[bool]int{true: 0, false: 1}[name == "policy"]; mains != want {
			t.Errorf("%s has %d main values", name, mains)
		}
	}
}

// No message about a bad value has a secret in it, however it is given.
func TestNoRowShowsASecret(t *testing.T) {
	const secret = "T0PS3CR3T"
	for _, kind := range checks.Kinds() {
		for _, row := range kind.New().Table() {
			if !row.Secret {
				continue
			}
			for _, set := range []func(string) error{row.Set, row.Flag.Set} {
				if set == nil {
					continue
				}
				if err := set(secret); err != nil && strings.Contains(err.Error(), secret) {
					t.Error(err)
				}
			}
			for _, raw := range []string{`["` + secret + `"]`, `{"` + secret + `": 1}`, `12345678`, `null`} {
				if row.SetJSON == nil || !json.Valid([]byte(raw)) {
					continue
				}
				if err := row.SetJSON([]byte(raw)); err != nil && (strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "12345678")) {
					t.Error(err)
				}
			}
		}
	}
}

// FuzzRows has anything read by any row. What a main value accepts makes a check, but for the time of cpu and what udp sends, which are
// given apart, and a command, which is for a shell or not; what is accepted is read again as it is told; what is refused changes nothing.
func FuzzRows(f *testing.F) {
	for _, seed := range []string{"http://127.0.0.1:8000/ping", "http://unix:/run/a:/b", "http://[::1]?x", "unix:/s", "db:80", "[fe80::1%x]:1", "800MB", "1.5 GiB", "90% for 10m", "90%", "500", "pss",
		"file /a b 60s", "A: b\nC: d", `{"A": "b"}`, "9e9", ".+_(\\d+)", "yes", "100", "0x1p3", "1_0"} {
		for kind := range checks.Kinds() {
			f.Add(uint8(kind), uint8(0), seed)
			f.Add(uint8(kind), uint8(len(seed)), seed)
		}
	}
	f.Fuzz(func(t *testing.T, which, at uint8, text string) {
		kind := checks.Kinds()[int(which)%len(checks.Kinds())]
		settings := kind.New()
		table := settings.Table()
		row := table[int(at)%len(table)]
		if err := row.Set(text); err != nil {
			if diff := cmp.Diff(kind.New(), settings, cmp.Comparer(samePort)); diff != "" || err.Error() == "" {
				t.Fatalf("%s.%s %q was refused with %v and changed %s", kind.Word, row.Word, text, err, diff)
			}
			return
		}
		if _, err := settings.Build(checks.World{}); row.Main && err != nil && kind.Word != "cpu" && kind.Word != "udp" && kind.Word != "exec" && kind.Word != "worker" {
			t.Fatalf("%s = %q was accepted and makes no check: %v", kind.Word, text, err)
		}
		again := kind.New()
		if err := again.Table()[int(at)%len(table)].Set(row.Get()); err != nil && row.Get() != "" {
			t.Fatalf("%s.%s %q is told as %q: %v", kind.Word, row.Word, text, row.Get(), err)
		}
		if told := again.Table()[int(at)%len(table)].Get(); told != row.Get() {
			t.Fatalf("%s.%s %q is told as %q, and that as %q", kind.Word, row.Word, text, row.Get(), told)
		}
	})
}
