package discovery

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/golang/mock/gomock"
	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/mocks"
)

// sections are what is proposed, without the line of the mode, which all have, and the limit of memory, which is tested elsewhere.
func sections(t *testing.T, s *stage, c Configuration) string {
	t.Helper()
	found, err := Look(t.Context(), s.world(t), c)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, section := range found.Sections {
		lines = append(lines, section.Seen...)
		if n := len(section.Settings); n > 0 && section.Settings[n-1] != (Setting{"mode", "observe"}) {
			t.Errorf("%s is armed: %v", section.Name, section.Settings)
		}
		for _, setting := range section.Settings {
			if setting.Word != "mode" && setting.Word != "memory" {
				lines = append(lines, "["+section.Name+"] "+setting.Word+" = "+setting.Value)
			}
		}
	}
	return strings.ReplaceAll(strings.Join(lines, "\n"), ", 1 MB of memory", "")
}

func TestWhatIsProposed(t *testing.T) {
	four := func() *stage {
		s := &stage{}
		for i, name := range []string{"web:web_00", "web:web_01", "web:web_02", "web:web_03"} {
			at := "0.0.0.0:800" + string(rune('0'+i))
			s.run(10+i, name, at).answer("127.0.0.1:800"+string(rune('0'+i)), "/ping", "/")
		}
		return s
	}
	webs := made("web=web:web_00#0/4", "web=web:web_01#1/4", "web=web:web_02#2/4", "web=web:web_03#3/4")
	for name, test := range map[string]struct {
		stage *stage
		conf  Configuration
		want  string
	}{
		"ports that follow the number of the process": {four(), webs, `
web: 4 processes, ports 8000 to 8003, GET /ping answers 200 in 1 ms, up to 1 MB of memory each
[web] http = http://127.0.0.1:80%(process_num)02d/ping`},
		"the same by the names alone": {four(), Configuration{}, `
web: 4 processes, ports 8000 to 8003, GET /ping answers 200 in 1 ms, up to 1 MB of memory each
[web] http = http://127.0.0.1:80%(process_num)02d/ping`},
		"one port that all share": {(&stage{}).run(1, "web:web_0", "127.0.0.1:80").run(2, "web:web_1", "127.0.0.1:80").answer("127.0.0.1:80", "/"),
			Configuration{}, `
web: 2 processes, port 80, GET / answers 200 in 1 ms, up to 1 MB of memory each
[web] http = http://127.0.0.1:80/`},
		"ports that follow nothing": {(&stage{}).run(1, "web:web_0", "127.0.0.1:81").run(2, "web:web_1", "127.0.0.1:97"), Configuration{}, `
web: 2 processes, listens on port 81, port 97, up to 1 MB of memory each
no check of them: what they have in common cannot be written with %(process_num)`},
		"numbers that begin elsewhere": {(&stage{}).run(1, "web:web_8001", "127.0.0.1:8001").run(2, "web:web_8002", "127.0.0.1:8002").
			answer("127.0.0.1:8001", "/").answer("127.0.0.1:8002", "/"), Configuration{}, `
web: 2 processes, ports 8001, 8002, GET / answers 200 in 1 ms, up to 1 MB of memory each
[web] http = http://127.0.0.1:%(process_num)d/`},
		"a port of one of two that run": {(&stage{}).run(1, "web:web_01", "127.0.0.1:8001").add(domain.Stopped, 0, "web:web_00").answer("127.0.0.1:8001", "/"),
			made("web=web:web_00#0/2", "web=web:web_01#1/2"), `
web: 1 of 2 processes run, port 8001, GET / answers 200 in 1 ms
[web] http = http://127.0.0.1:80%(process_num)02d/`},
		"a port of one of two from which nothing follows": {(&stage{}).run(1, "web:web_01", "127.0.0.1:9000").add(domain.Stopped, 0, "web:web_00"),
			made("web=web:web_00#0/2", "web=web:web_01#1/2"), `
web: 1 of 2 processes run, listens on port 9000
no check of them: what they have in common cannot be written with %(process_num)`},
		"what speaks no http": {(&stage{}).run(1, "redis", "127.0.0.1:6379", "[::1]:6379").answer("127.0.0.1:6379"), Configuration{}, `
redis: 1 process, port 6379, which speaks no plain http
[redis] tcp = 127.0.0.1:6379`},
		"an alert of TLS": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": tlsAlert()}),
			Configuration{}, `
tls: 1 process, port 443, which speaks https, so only a connection is checked
[tls] tcp = 127.0.0.1:443`},
		"a sentence about TLS": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": {status: 400, beginning: "Client sent an HTTP request to an HTTPS server.\n"}}),
			Configuration{}, `
tls: 1 process, port 443, which speaks https, so only a connection is checked
[tls] tcp = 127.0.0.1:443`},
		"https with a certificate that is not for this address": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": tlsAlert()}).
			says("over TLS 127.0.0.1:443", map[string]answer{"": {status: 404}, "/health": {status: 200}}), Configuration{}, `
tls: 1 process, port 443, GET /health answers 200 in 1 ms
its certificate is not one for 127.0.0.1 that this system believes: http.verify = no looks at none, and http.ca and http.server_name would have it verified
[tls] http = https://127.0.0.1:443/health
[tls] http.verify = no`},
		"https with a certificate for this address": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": tlsAlert()}).
			says("over TLS 127.0.0.1:443", map[string]answer{"": {status: 200}}).says("verified 127.0.0.1:443", map[string]answer{"": {status: 200}}), Configuration{}, `
tls: 1 process, port 443, GET /healthz answers 200 in 1 ms
[tls] http = https://127.0.0.1:443/healthz`},
		"https of who hangs up on http": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": {err: errors.New("end of the stream")}}).
			says("over TLS 127.0.0.1:443", map[string]answer{"/": {status: 200}, "": {status: 404}}).says("verified 127.0.0.1:443", map[string]answer{"": {status: 200}}), Configuration{}, `
tls: 1 process, port 443, GET / answers 200 in 1 ms
[tls] http = https://127.0.0.1:443/`},
		"https where no path answers": {(&stage{}).run(1, "tls", "0.0.0.0:443").says("127.0.0.1:443", map[string]answer{"": tlsAlert()}).
			says("over TLS 127.0.0.1:443", map[string]answer{"": {status: 404}}), Configuration{}, `
tls: 1 process, port 443, which speaks https, where no path that was tried answers GET with 200 (/healthz 404, /health 404, /ping 404, /status 404, / 404)
where it has one that does, write http = in place of tcp =
[tls] tcp = 127.0.0.1:443`},
		"what answers no path well": {(&stage{}).run(1, "app", "127.0.0.1:80").says("127.0.0.1:80", map[string]answer{"": {status: 404}, "/": {status: 302}}),
			Configuration{}, `
app: 1 process, port 80, where no path that was tried answers GET with 200 (/healthz 404, /health 404, /ping 404, /status 404, / 302)
where it has one that does, write http = in place of tcp =
[app] tcp = 127.0.0.1:80`},
		"what does not answer in time": {(&stage{}).run(1, "app", "127.0.0.1:80").says("127.0.0.1:80", map[string]answer{"": {err: context.DeadlineExceeded}}),
			Configuration{}, `
app: 1 process, port 80, which does not answer GET within 1s
[app] tcp = 127.0.0.1:80`},
		"http on a second port": {(&stage{}).run(1, "app", "127.0.0.1:80", "127.0.0.1:90").answer("127.0.0.1:80").answer("127.0.0.1:90", "/healthz"),
			Configuration{}, `
app: 1 process, port 90, GET /healthz answers 200 in 1 ms
it also listens on port 80
[app] http = http://127.0.0.1:90/healthz`},
		"all addresses, of IPv6 alone": {(&stage{}).run(1, "app", "[::]:80").answer("[::1]:80", "/"), Configuration{}, `
app: 1 process, port 80, GET / answers 200 in 1 ms
[app] http = http://[::1]:80/`},
		"all addresses twice": {(&stage{}).run(1, "nginx", "0.0.0.0:80", "[::]:80").answer("127.0.0.1:80", "/"), Configuration{}, `
nginx: 1 process, port 80, GET / answers 200 in 1 ms
[nginx] http = http://127.0.0.1:80/`},
		"an address that is not of the loopback interface": {(&stage{}).run(1, "app", "10.0.0.5:80").answer("10.0.0.5:80", "/"), Configuration{}, `
app: 1 process, port 80 of 10.0.0.5, not tried because that is no address of the loopback interface
[app] tcp = 10.0.0.5:80`},
		"a port that refuses": {(&stage{}).run(1, "app", "127.0.0.1:80"), Configuration{}, `
app: 1 process, port 80, which does not accept connections: connection refused`},
		"a port that the kernel may have chosen": {(&stage{}).run(1, "app", "127.0.0.1:40000").answer("127.0.0.1:40000", "/"), Configuration{}, `
app: 1 process, port 40000, GET / answers 200 in 1 ms
if nobody has chosen port 40000 but the kernel, it is another one after the next start: take the check away then
[app] http = http://127.0.0.1:40000/`},
		"unix sockets by the names of the processes": {(&stage{}).run(1, "app:app_0", "/run/app_0.sock").run(2, "app:app_1", "/run/app_1.sock").
			answer("/run/app_0.sock", "/ping").answer("/run/app_1.sock", "/ping"), Configuration{}, `
app: 2 processes, unix sockets /run/app_0.sock, /run/app_1.sock, GET /ping answers 200 in 1 ms, up to 1 MB of memory each
[app] http = http://unix:/run/%(process_name)s.sock:/ping`},
		"unix sockets by their numbers": {(&stage{}).run(1, "app:app_00", "/run/5%/s00.sock").run(2, "app:app_01", "/run/5%/s01.sock").
			answer("/run/5%/s00.sock").answer("/run/5%/s01.sock"), Configuration{}, `
app: 2 processes, unix sockets /run/5%/s00.sock, /run/5%/s01.sock, which speaks no plain http, up to 1 MB of memory each
[app] tcp = unix:/run/5%%/s%(process_num)02d.sock`},
		"a unix socket whose path has no URL": {(&stage{}).run(1, "app", "/run/a:b.sock").answer("/run/a:b.sock", "/"), Configuration{}, `
app: 1 process, unix socket /run/a:b.sock, not asked by http because a path with a colon has no URL
[app] tcp = unix:/run/a:b.sock`},
		"a path that cannot be written": {(&stage{}).run(1, "app", "/run/a ;b.sock").answer("/run/a ;b.sock"), Configuration{}, `
app: 1 process, unix socket /run/a ;b.sock, which speaks no plain http
no check of it: it cannot be written into a file of this kind`},
		"one of three that listens nowhere": {(&stage{}).run(1, "app:app_0", "127.0.0.1:80").run(2, "app:app_1", "127.0.0.1:80").run(3, "app:app_2").answer("127.0.0.1:80", "/"),
			Configuration{}, `
app: 3 processes, port 80, GET / answers 200 in 1 ms, up to 1 MB of memory each
1 process listens nowhere
[app] http = http://127.0.0.1:80/`},
		"one of two that is unwell": {(&stage{}).run(1, "app:app_0", "127.0.0.1:80").run(2, "app:app_1", "127.0.0.1:81").answer("127.0.0.1:80", "/").answer("127.0.0.1:81", "/no"),
			Configuration{}, `
app: 2 processes, ports 80, 81, GET / answers 200 in 1 ms, up to 1 MB of memory each
but not at all of them: app:app_1 404
[app] http = http://127.0.0.1:8%(process_num)d/`},
		"what listens nowhere":            {(&stage{}).run(1, "cron"), Configuration{}, "\ncron: 1 process, listens nowhere"},
		"what we may not look at":         {&stage{processes: (&stage{}).run(1, "app").processes, hidden: map[int]error{1: hidden()}}, Configuration{}, "\napp: 1 process, its sockets may not be looked at (run this as root)"},
		"what has ended since":            {&stage{processes: (&stage{}).run(1, "app").processes, hidden: map[int]error{1: domain.ErrGone}}, Configuration{}, "\napp: 1 process, listens nowhere"},
		"what has a section already":      {(&stage{}).run(1, "app", "127.0.0.1:80"), Configuration{Sections: map[string]string{"app": "/etc/x.conf:7"}}, "\napp: it has a section already, at /etc/x.conf:7"},
		"an event listener by its kind":   {(&stage{}).run(1, "checker"), made("!checker=checker:checker"), ""},
		"an event listener by its number": {&stage{processes: (&stage{}).run(1, "checker").processes, settings: map[domain.ID]domain.Settings{{Group: "checker", Name: "checker"}: {Priority: -1}}}, Configuration{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), sections(t, test.stage, test.conf)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestWhatASectionIsCalledAndLooksAfter(t *testing.T) {
	run := func(names ...string) *stage {
		s := &stage{}
		for i, name := range names {
			s.run(i+1, name)
		}
		return s
	}
	for name, test := range map[string]struct {
		stage *stage
		conf  Configuration
		want  []string
	}{
		"a program in a group":                  {run("jobs:a", "jobs:b"), made("a=jobs:a", "b=jobs:b"), []string{"a", "b"}},
		"a program in two groups":               {run("x:a", "y:a"), made("a=x:a", "a=y:a"), []string{"a"}},
		"a group called as one of its programs": {run("web:web", "web:api"), made("web=web:web", "api=web:api"), []string{"web select = web:web", "api"}},
		"names in a group, without a file":      {run("jobs:a_0", "jobs:a_1", "jobs:b"), Configuration{}, []string{"a select = jobs:a_0, jobs:a_1", "b select = jobs:b"}},
		"a whole group, without a file":         {run("web:w-1", "web:w-2"), Configuration{}, []string{"web"}},
		"the same name in two groups":           {run("x:a", "x:b", "y:a", "y:b"), Configuration{}, []string{"a select = x:a", "b select = x:b", "y_a select = y:a", "y_b select = y:b"}},
		"numbers alone":                         {run("web:00", "web:01"), Configuration{}, []string{"web"}},
		"a process that is newer than the file": {run("web", "api"), made("web=web:web"), []string{"web", "api"}},
		"long numbers are no numbers":           {run("w:t1234567890", "w:t1234567891"), Configuration{}, []string{"t1234567890 select = w:t1234567890", "t1234567891 select = w:t1234567891"}},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := Look(t.Context(), test.stage.world(t), test.conf)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, s := range found.Sections {
				text := s.Name
				if s.Settings[0].Word == "select" {
					text += " select = " + s.Settings[0].Value
				}
				got = append(got, text)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestMemory(t *testing.T) {
	for name, test := range map[string]struct {
		megabytes map[int]uint64
		tree      int
		want      []Setting
		seen      string
	}{
		"the largest counts":    {map[int]uint64{1: 20, 2: 120}, 1, []Setting{{"memory", "480MB"}}, "up to 120 MB of memory each"},
		"small ones have room":  {map[int]uint64{1: 2, 2: 3}, 1, []Setting{{"memory", "100MB"}}, "up to 3 MB of memory each"},
		"descendants count too": {map[int]uint64{1: 33}, 3, []Setting{{"memory", "140MB"}, {"memory.cumulative", "yes"}}, "up to 33 MB of memory each with descendants"},
	} {
		t.Run(name, func(t *testing.T) {
			s := (&stage{megabytes: test.megabytes, tree: test.tree}).run(1, "a:a_0").run(2, "a:a_1")
			found, err := Look(t.Context(), s.world(t), Configuration{})
			if err != nil {
				t.Fatal(err)
			}
			got := found.Sections[0]
			if diff := cmp.Diff(append(test.want, Setting{"mode", "observe"}), got.Settings); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if want := "a: 2 processes, listens nowhere, " + test.seen; got.Seen[0] != want {
				t.Errorf("%q, want %q", got.Seen[0], want)
			}
		})
	}
}

func TestASupervisordThatCannotBeAskedIsAnError(t *testing.T) {
	table := mocks.NewMockProcessTable(gomock.NewController(t))
	table.EXPECT().Processes(gomock.Any()).Return(nil, domain.ErrUnauthorized)
	if _, err := Look(t.Context(), World{Table: table}, Configuration{}); !errors.Is(err, domain.ErrUnauthorized) {
		t.Error(err)
	}
}

func TestWhatWasInterruptedIsNoFinding(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := (&stage{}).run(1, "app", "127.0.0.1:80")
	w := s.world(t)
	cancel()
	if _, err := Look(ctx, w, Configuration{}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// tlsAlert is what a server of TLS says to who does not speak it.
func tlsAlert() answer {
	return answer{err: &domain.BadAnswer{Err: errors.New("x"), Beginning: "\x15\x03\x01"}}
}
