package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"supervisor-healthcheck/domain"
)

// demoVariable makes the command demo one of the services of another demo: it holds the token and a port, with a colon
// between. The token is the name of the folder of that demo, in which its services run.
const demoVariable = "SUPERVISOR_HEALTHCHECK_DEMO_SERVICE"

// demoService is a web server of the demo, seen from outside.
type demoService struct {
	port  int
	token string // which no other server on that port knows
}

func (s demoService) name() string    { return fmt.Sprintf("web_%d", s.port) }
func (s demoService) id() domain.ID   { return domain.ID{Group: demoGroup, Name: s.name()} }
func (s demoService) logFile() string { return s.name() + ".log" }
func (s demoService) role() string    { return fmt.Sprintf("%s:%d", s.token, s.port) }

// pid asks the service for its pid, and so whether it is well.
func (s demoService) pid(ctx context.Context) (int, error) {
	answer, err := s.ask(ctx, http.MethodGet, "/ping")
	if err != nil {
		return 0, err
	}
	token, pid, _ := strings.Cut(answer, " ")
	if token != s.token {
		return 0, fmt.Errorf("another program has taken port %d", s.port)
	}
	return strconv.Atoi(pid)
}

// hang makes this life of the service hang.
func (s demoService) hang(ctx context.Context) error {
	_, err := s.ask(ctx, http.MethodPost, "/hang")
	return err
}

func (s demoService) ask(ctx context.Context, method, path string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", s.port))
	if err != nil {
		return "", err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", method, path); err != nil {
		return "", err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, 1000))
	return string(text), err
}

// demoRole reports whether this process is a service of a demo. The variable alone does not make it one.
func demoRole() (token, port string, is bool) {
	token, port, found := strings.Cut(os.Getenv(demoVariable), ":")
	dir, err := os.Getwd()
	return token, port, found && port != "" && err == nil && filepath.Base(dir) == token
}

// serveDemo is the service itself. It ends with ctx, and with the supervisord that holds the other end of its stdin.
func serveDemo(ctx context.Context, token, port string, stderr io.Writer) int {
	listener, err := listenPatiently(ctx, "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitTrouble
	}
	end := make(chan int, 2)
	pages := demoPages{token: token}
	go func() {
		fmt.Fprintln(stderr, pages.serve(listener))
		end <- exitTrouble
	}()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // however it ends, supervisord is gone
		end <- exitOK
	}()
	select {
	case status := <-end:
		return status
	case <-ctx.Done():
	}
	if pages.hangs.Load() {
		select {
		case <-end:
		case <-time.After(demoDying):
		}
	}
	return exitOK
}

// listenPatiently waits for a while for a port that somebody else has.
func listenPatiently(ctx context.Context, address string) (net.Listener, error) {
	for deadline := time.Now().Add(demoPatience / 2); ; {
		listener, err := net.Listen("tcp", address)
		if !errors.Is(err, syscall.EADDRINUSE) || time.Now().After(deadline) || pause(ctx) != nil {
			return listener, err
		}
	}
}

// pause is the time between two looks at something that is waited for. Its error is that of ctx.
func pause(ctx context.Context) error {
	select {
	case <-time.After(50 * time.Millisecond):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
