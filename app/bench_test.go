package app_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// benchVariable makes the test binary a listener with seven watches. Its value is the port of a web server.
const benchVariable = "SUPERVISOR_HEALTHCHECK_BENCH_PORT"

// sevenGroups is a listener that does the work of seven: each group has another check.
func sevenGroups(text string) int {
	number, err := strconv.Atoi(text)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	port := checks.FixedPort(number)
	http := checks.HTTP{URL: "/", Port: port, Timeout: 5 * time.Second}
	var watches []app.Watch
	for i, all := range [][]checks.Settings{
		{checks.Memory{MaxRSS: 1 << 30}},
		{checks.Memory{MaxRSS: 1 << 30, Cumulative: true}},
		{checks.CPU{MaxPercent: 100, Interval: time.Hour}},
		{checks.File{Timeout: time.Hour}},
		{checks.TCP{Port: port, Timeout: 5 * time.Second}},
		{http},
		{checks.Memory{MaxRSS: 1 << 30}, http},
	} {
		group := fmt.Sprintf("g%d", i)
		watches = append(watches, app.Watch{Name: group, Select: domain.SelectGroup(group), Checks: all, Policy: domain.DropIn()})
	}
	return app.Main(app.Options{Watches: watches})
}

// BenchmarkSupervisord measures what a listener that looks after 1001 processes with seven watches costs a real supervisord
// in each period of 5 s when all is well, and what it needs itself. Run it with -benchtime 6x.
func BenchmarkSupervisord(b *testing.B) {
	for name, listening := range map[string]bool{"alone": false, "with seven watches": true} {
		b.Run(name, func(b *testing.B) {
			s := startSupervisord(b, crowd(b, listening))
			total := 7 * 143
			if listening {
				total++
			}
			s.waitFor(b, s.output, func() bool { return s.running(b) == total })
			mine := 0
			if listening {
				p, err := s.client.Process(b.Context(), domain.ID{Group: "health", Name: "health"})
				if err != nil {
					b.Fatal(err)
				}
				mine = p.PID
			}
			time.Sleep(20 * time.Second) // the first rounds list everything
			supervisord, listener := cpuTime(b, s.pid(b)), cpuTime(b, mine)
			for b.Loop() {
				time.Sleep(5 * time.Second)
			}
			each := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 / float64(b.N) }
			b.ReportMetric(each(cpuTime(b, s.pid(b))-supervisord), "supervisord-ms/tick")
			b.ReportMetric(each(cpuTime(b, mine)-listener), "listener-ms/tick")
			if !listening {
				return
			}
			if log := scribed(sourceText(b, filepath.Join(s.dir, "health.log"))); log.tells(aWarning()) > 0 {
				b.Error(log)
			}
		})
	}
}

// crowd is the configuration of seven groups of sleepers, and of a listener.
func crowd(b *testing.B, listening bool) string {
	text := "[supervisord]\nminfds=8192\n"
	for group := range 7 {
		text += fmt.Sprintf("[program:g%d]\ncommand=sleep 1000\nprocess_name=%%(program_name)s_%%(process_num)03d\nnumprocs=143\nstartsecs=0\n"+
			"stdout_logfile=NONE\nstderr_logfile=NONE\n", group)
	}
	if !listening {
		return text
	}
	me, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	return text + fmt.Sprintf("[eventlistener:health]\ncommand=%s\nenvironment=%s=%d\nevents=TICK_5,PROCESS_STATE\npriority=1001\nautorestart=true\n"+
		"stdout_logfile=NONE\nstderr_logfile=%%(here)s/health.log\n", me, benchVariable, webServer(b))
}

// webServer answers every request, and returns its port.
func webServer(b *testing.B) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	go server.Serve(listener) //nolint:errcheck // it ends when it is closed
	b.Cleanup(func() { server.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}

// running is how many processes run.
func (s *realSupervisord) running(b *testing.B) (n int) {
	all, err := s.client.Processes(b.Context())
	if err != nil {
		return 0
	}
	for _, p := range all {
		if p.State == domain.Running {
			n++
		}
	}
	return n
}

func (s *realSupervisord) pid(b *testing.B) int {
	who, err := s.client.Identity(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return who.PID
}

// cpuTime is what the living threads of a process have used, in all; 0 for nobody.
func cpuTime(b *testing.B, pid int) (spent time.Duration) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(threads) == 0 && pid != 0 {
		b.Skip("the kernel does not tell the CPU time of threads")
	}
	for _, thread := range threads {
		first, _, _ := strings.Cut(sourceText(b, thread), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		spent += time.Duration(ns)
	}
	return spent
}
