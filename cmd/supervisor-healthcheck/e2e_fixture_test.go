package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// sickVariable names the folder where the fixtures look for what ails them.
const sickVariable = "HEALTHCHECK_TEST_SICK"

// sicken makes this life of a fixture unwell; the next one is well again. What ails it depends on the fixture:
// a web server with 503, by default, "once" with one 503, or "hang" with silence.
func (s *sandbox) sicken(name, ailment string) {
	s.t.Helper()
	_, process, _ := strings.Cut(name, ":")
	if process == "" {
		process = name
	}
	file, text := s.path(process+".sick"), fmt.Sprintf("%d %s", s.pid(name), ailment)
	if err := os.WriteFile(file+"~", []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if err := os.Rename(file+"~", file); err != nil {
		s.t.Fatal(err)
	}
}

// sick says what ails this process. A child of a fixture looks for what ails its parent.
func sick(pid int) (ailment string, yes bool) {
	text, _ := os.ReadFile(sickFile())
	first, ailment, _ := strings.Cut(string(text), " ")
	return ailment, first == strconv.Itoa(pid)
}

func sickFile() string {
	return filepath.Join(os.Getenv(sickVariable), os.Getenv("SUPERVISOR_PROCESS_NAME")+".sick")
}

// fixture is a supervised program:
//
//	web PORT [FILE]    a web server that listens once there is the file: /ping 200, /bad 503, /moved 302, /drip has a status that never ends
//	tcp PORT           accepts connections; stops listening when sick
//	rpc ADDRESS        an XML-RPC server at a port or a socket, which answers every call by true; by a fault when sick
//	hog [child]        takes 96 MB more memory when sick, in a child if wanted
//	burn               takes all of a core when sick
//	files              opens 200 files when sick
//	threads            has 60 more threads when sick
//	beat [FILE]        a heartbeat 20 times a second in the file, by default where the file check looks; none when sick
//	talk               a heartbeat 20 times a second between supervisord's markers; none when sick
//	notify             the same by sd_notify, and that it is ready
//	stubborn           ignores SIGTERM, and says that it is deaf when it begins to
//	mumble             writes a line that is not ASCII 20 times a second
//	idle               does nothing
//	check              no service but a command of an exec check: is the process of its environment well?
//	worker             the same for a worker check
func fixture(args []string) int {
	arg := append(args, "", "")[1]
	switch args[0] {
	case "web":
		return web(args[1:])
	case "tcp":
		return acceptor(arg)
	case "rpc":
		return rpcServer(arg)
	case "hog":
		return hog(arg)
	case "burn":
		return burn()
	case "files":
		return keep(200, func() {
			if _, err := os.Open(os.DevNull); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		})
	case "threads":
		return keep(60, runtime.LockOSThread)
	case "beat":
		return beat(arg)
	case "talk":
		return everySoOften(func() error { _, err := fmt.Print("<!--XSUPERVISOR:BEGIN-->beat<!--XSUPERVISOR:END-->"); return err })
	case "notify":
		return notifier()
	case "stubborn":
		signal.Ignore(syscall.SIGTERM)
		fmt.Println(deaf)
		rest(time.Hour)
	case "mumble":
		for {
			fmt.Println("grüße ☃ 😀")
			rest(50 * time.Millisecond)
		}
	case "idle":
		rest(time.Hour)
	case "check":
		return commandCheck()
	case "worker":
		return worker()
	}
	return 3
}

// commandCheck hangs if the process is said to, with a child that does, and does not end when it is asked to.
func commandCheck() int {
	pid, _ := strconv.Atoi(os.Getenv("SUPERVISOR_PROCESS_PID"))
	ailment, yes := sick(pid)
	if ailment == "hang" {
		signal.Ignore(syscall.SIGTERM)
		child := exec.Command("sleep", "3600")
		_ = child.Start()
		fmt.Println("waiting for", child.Process.Pid)
		rest(time.Hour)
	}
	fmt.Printf("%s of %s is process %d\n", os.Getenv("SUPERVISOR_PROCESS_NAME"), os.Getenv("SUPERVISOR_GROUP_NAME"), pid)
	if yes {
		return 2
	}
	return 0
}

// worker says who it is in each reason. It dies of a question about a process that is sick of "death".
func worker() int {
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var question struct {
			ID      int
			Process struct {
				Name, StdoutLog string
				PID             int
			}
		}
		if err := json.Unmarshal(in.Bytes(), &question); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		p, verdict := question.Process, "healthy"
		os.Setenv("SUPERVISOR_PROCESS_NAME", p.Name)
		ailment, yes := sick(p.PID)
		if yes {
			verdict = "unhealthy"
		}
		if yes && ailment == "death" {
			fmt.Fprintln(os.Stderr, "no more of this")
			return 9
		}
		fmt.Printf(`{"id": %d, "verdict": "%s", "reason": "%s is %s for worker %d"}`+"\n", question.ID, verdict, p.Name, verdict, os.Getpid())
	}
	return 0
}

// deaf is what a stubborn program says.
const deaf = "it is deaf"

// rest is how a service lets time pass. No test waits for it.
func rest(d time.Duration) { time.Sleep(d) }

func web(args []string) int {
	for len(args) > 1 {
		if _, err := os.Stat(args[1]); err == nil {
			break
		}
		rest(20 * time.Millisecond)
	}
	http.HandleFunc("/ping", ping)
	http.HandleFunc("/bad", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	http.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/ping", http.StatusFound) })
	http.HandleFunc("/drip", func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		for text := "HTTP/1.1 2"; err == nil; text = "0" { // a status that never ends
			_, err = conn.Write([]byte(text))
			rest(50 * time.Millisecond)
		}
	})
	return serve(listenOn(args[0]))
}

// ping writes a line for every request, so that a test can see what was asked.
func ping(w http.ResponseWriter, r *http.Request) {
	fmt.Println(r.Method, r.RequestURI, r.Header.Get("Authorization"), r.Header.Get("Content-Type"))
	ailment, yes := sick(os.Getpid())
	switch {
	case !yes:
	case ailment == "hang":
		<-r.Context().Done()
	case ailment == "once" && os.Remove(sickFile()) != nil: // another request was first
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func serve(l net.Listener) int {
	fmt.Fprintln(os.Stderr, http.Serve(l, nil))
	return 1
}

// listenOn listens on a port of the loopback interface, or on a socket if the address is a path.
func listenOn(address string) net.Listener {
	network := "tcp"
	if strings.Contains(address, "/") {
		network = "unix"
		os.Remove(address)
	} else {
		address = "127.0.0.1:" + address
	}
	l, err := net.Listen(network, address)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return l
}

func acceptor(port string) int {
	l := listenOn(port)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	untilSick()
	l.Close()
	rest(time.Hour)
	return 0
}

func rpcServer(address string) int {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		fmt.Println(r.Method, r.RequestURI, r.Header.Get("Authorization"))
		w.Header().Set("Content-Type", "text/xml")
		if _, yes := sick(os.Getpid()); yes {
			fmt.Fprint(w, `<?xml version="1.0"?><methodResponse><fault><value><struct><member><name>faultCode</name><value><int>7</int></value></member>`+
				`<member><name>faultString</name><value><string>OUT_OF_ORDER</string></value></member></struct></value></fault></methodResponse>`)
			return
		}
		fmt.Fprint(w, `<?xml version="1.0"?><methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>`)
	})
	return serve(listenOn(address))
}

// hog takes memory itself, or has a child take it: the child is told the pid of its parent by its second argument.
func hog(role string) int {
	if role == "child" {
		me, err := os.Executable()
		if err != nil {
			return 1
		}
		child := exec.Command(me, "hog", strconv.Itoa(os.Getpid()))
		child.Path, child.Args[0] = me, "fixture"
		if child.Start() != nil {
			return 1
		}
		_ = child.Wait()
		return 1
	}
	pid, err := strconv.Atoi(role)
	if err != nil {
		pid = os.Getpid()
	}
	for _, yes := sick(pid); !yes; _, yes = sick(pid) {
		if role != "" && os.Getppid() != pid {
			return 0
		}
		rest(20 * time.Millisecond)
	}
	memory := make([]byte, 96<<20) // with what two of them have anyway more than any limit of a test
	for range 100_000 {
		for i := 0; i < len(memory); i += 4096 {
			memory[i]++
		}
		if role != "" && os.Getppid() != pid {
			return 0
		}
		rest(20 * time.Millisecond)
	}
	return 0
}

func burn() int {
	untilSick()
	for n := uint64(1); n > 0; {
		n |= n << 1
	}
	return 1
}

func beat(path string) int {
	if path == "" {
		id := domain.ID{Group: os.Getenv("SUPERVISOR_GROUP_NAME"), Name: os.Getenv("SUPERVISOR_PROCESS_NAME")}
		path = domain.HeartbeatPath(os.TempDir(), id, os.Getpid())
	}
	return everySoOften(func() error { return os.WriteFile(path, []byte("beat"), 0o600) })
}

// everySoOften beats until it is sick.
func everySoOften(beat func() error) int {
	for {
		if _, yes := sick(os.Getpid()); !yes {
			if err := beat(); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
		rest(50 * time.Millisecond)
	}
}

// keep takes something so often when the fixture is sick, each in a goroutine that keeps it.
func keep(times int, take func()) int {
	untilSick()
	for range times {
		go func() {
			take()
			rest(time.Hour)
		}()
	}
	rest(time.Hour)
	return 0
}

// notifier is a program that knows of systemd, and says more than anybody wants to hear.
func notifier() int {
	said := false
	return everySoOften(func() error {
		conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
		if err != nil {
			return err
		}
		defer conn.Close()
		text := "WATCHDOG=1\nMAINPID=1\nSTATUS=serving 12 clients"
		if !said {
			text = "READY=1\n" + text
		}
		_, err = conn.Write([]byte(text))
		said = said || err == nil
		return err
	})
}

func untilSick() {
	for _, yes := sick(os.Getpid()); !yes; _, yes = sick(os.Getpid()) {
		rest(20 * time.Millisecond)
	}
}
