package main

import (
	"io"
	"os"
	"time"

	"supervisor-healthcheck/mocks/supervisord"
)

// standIn is the stand-in supervisord, in this process.
type standIn struct {
	server *supervisord.Server
	files  []*os.File // to be closed at the end
}

func (*standIn) title() string       { return "the stand-in" }
func (*standIn) name() string        { return "the stand-in" }
func (*standIn) tick() time.Duration { return 2 * time.Second }

func (s *standIn) start(stage *demoStage) (err error) {
	config := supervisord.Config{Dir: stage.dir, TickEvery: s.tick(), Listener: &supervisord.Listener{
		Name: demoListener, Dir: stage.dir, Stderr: s.log(stage, listenerLog), Events: listenerEvents(),
		Command: append([]string{stage.path(self)}, listenerFlags()...),
	}}
	for _, service := range stage.services {
		config.Programs = append(config.Programs, supervisord.Program{
			Group: demoGroup, Name: service.name(), Dir: stage.dir, Stderr: s.log(stage, service.logFile()),
			Command: []string{stage.path(self), "demo"}, Env: []string{demoVariable + "=" + service.role()},
			AutoStart: true, Startup: time.Second,
		})
	}
	s.server, err = supervisord.Start(config)
	return err
}

// log opens a file. Without one the demo goes on, and in the end says what is missing.
func (s *standIn) log(stage *demoStage, name string) io.Writer {
	file, err := os.Create(stage.path(name))
	if err != nil {
		return nil
	}
	s.files = append(s.files, file)
	return file
}

func (s *standIn) ended() <-chan struct{} { return s.server.Done() }
func (s *standIn) obituary() string       { return "the stand-in has ended" }

func (s *standIn) end() (err error) {
	if s.server != nil {
		err = s.server.Close()
	}
	for _, file := range s.files {
		_ = file.Close() // everything in it has been shown or will be
	}
	return err
}
