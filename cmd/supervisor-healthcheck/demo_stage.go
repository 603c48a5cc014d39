package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The names of what is under supervision in the demo.
const (
	demoGroup    = "demo"
	demoListener = "web_check"
	listenerLog  = "listener.log"
	demoPorts    = `.+_(\d+)` // finds the port in the name of a service
)

// demoSupervisor is the supervisord of the demo: the one of this machine, or the stand-in.
type demoSupervisor interface {
	title() string          // as in "runs under ..."
	name() string           // the same, for later
	tick() time.Duration    // how often it sends a tick
	start(*demoStage) error // once
	ended() <-chan struct{} // closed when it has ended by itself, after a start
	obituary() string       // why it has
	end() error             // returns when nothing that it has started runs any more; also after a failed start
}

// demoStage is the folder in which everything lies that the demo needs, and the two services.
type demoStage struct {
	dir      string
	services []demoService
	log      demoLog // of the listener
}

func newDemoStage() (*demoStage, error) {
	ports, err := freeLoopbackPorts(2)
	if err != nil {
		return nil, err
	}
	dir, err := newDemoDir()
	if err != nil {
		return nil, err
	}
	me, err := os.Executable()
	if err == nil {
		err = os.Symlink(me, filepath.Join(dir, self))
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	stage := &demoStage{dir: dir, log: demoLog{path: filepath.Join(dir, listenerLog)}}
	for _, port := range ports {
		stage.services = append(stage.services, demoService{port: port, token: filepath.Base(dir)})
	}
	return stage, nil
}

// newDemoDir makes a folder whose path is short enough for the path of a socket in it.
func newDemoDir() (string, error) {
	const pattern = "healthcheck-demo-"
	dir, err := os.MkdirTemp("", pattern)
	if err != nil || len(dir) <= 70 {
		return dir, err
	}
	if err := os.Remove(dir); err != nil {
		return "", err
	}
	return os.MkdirTemp("/tmp", pattern)
}

// freeLoopbackPorts are chosen by the kernel. Nobody keeps them free until a service listens there.
func freeLoopbackPorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// clear ends what was started, shows the last lines of the listener's log, and removes the folder.
func (s *demoStage) clear(under demoSupervisor, story *demoStory) error {
	err := under.end()
	story.show()
	if removed := os.RemoveAll(s.dir); removed != nil {
		err = errors.Join(err, fmt.Errorf("clean up: %w", removed))
	}
	return err
}

// cause is what the service has written last, if it has, or what the probe has found.
func (s *demoStage) cause(service demoService, probe error) error {
	if line := s.lastLine(service.logFile()); line != "" {
		return errors.New(line)
	}
	return probe
}

func (s *demoStage) path(name string) string { return filepath.Join(s.dir, name) }

// lastLine is the last line of a file in the folder.
func (s *demoStage) lastLine(name string) string {
	text, _ := os.ReadFile(s.path(name)) // without a file there is no line
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}

// listenerFlags are the words after the name of the program.
func listenerFlags() []string {
	return []string{"http", "-g", demoGroup, "-n", demoListener, "-u", "/ping", "-p", demoPorts, "-t", "1", "-r", "0", "--failures", "2", "--state-dir", "state"}
}

// listenerEvents are the events that it wants.
func listenerEvents() []string { return []string{"TICK_5", "PROCESS_STATE"} }
