package main

import (
	"testing"
	"time"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// The command lines that the Python package documents, as supervisord splits them.
func TestTheDocumentedLines(t *testing.T) {
	pattern, err := checks.ParsePortSpec(`.+_(\d+)`)
	if err != nil {
		t.Fatal(err)
	}
	port := checks.FixedPort(8080)
	for line, want := range map[string][]checks.Settings{
		`supervisor_http_check -g example_service -n example_check -u /ping -t 30 -r 3 -p 8080`: {
			checks.HTTP{URL: "/ping", Port: port, Method: "GET", Timeout: 30 * time.Second, Retries: new(3)}},
		`supervisor_http_check -g example_service -n example_check -u /ping -t 30 -r 3 -p .+_(\d+)`: {
			checks.HTTP{URL: "/ping", Port: pattern, Method: "GET", Timeout: 30 * time.Second, Retries: new(3)}},
		`supervisor_tcp_check -g example_service -n example_check -t 30 -r 3 -p 8080`: {
			checks.TCP{Port: port, Timeout: 30 * time.Second, Retries: new(3)}},
		`supervisor_xmlrpc_check -g example_service -n example_check -r 3 -p 8080 -u /status -m get_status`: {
			checks.XMLRPC{URL: "/status", Port: port, Method: "get_status", Timeout: 15 * time.Second, Retries: new(3)}},
		`supervisor_xmlrpc_check -g example_service -n example_check -r 3 -s /var/run/example.sock -m get_status`: {
			checks.XMLRPC{SocketPath: "/var/run/example.sock", Method: "get_status", Timeout: 15 * time.Second, Retries: new(3)}},
		`supervisor_xmlrpc_check -g example_service -n example_check -r 3 -S /var/run/ -m get_status`: {
			checks.XMLRPC{SocketDir: "/var/run/", Method: "get_status", Timeout: 15 * time.Second, Retries: new(3)}},
		`supervisor_memory_check -n example_check -m 102400 -c -g example_service`: {
			checks.Memory{MaxRSS: 102400, Cumulative: true}},
		`supervisor_cpu_check -n example_check -p 100 -i 1800 -g example_service`: {
			checks.CPU{MaxPercent: 100, Interval: 30 * time.Minute}},
		`supervisor_file_check -n example_check -g example_service -t 60 -x -f /run/example.beat`: {
			checks.File{Timeout: time.Minute, FailOnError: true, Path: "/run/example.beat"}},
		`supervisor_complex_check -n example_check -g example_service -c {"memory":{"cumulative":true,"max_rss":4194304},"http":{"timeout":15,"port":8090,"url":"\/ping","num_retries":3}}`: {
			checks.Memory{MaxRSS: 4194304, Cumulative: true},
			checks.HTTP{URL: "/ping", Port: checks.FixedPort(8090), Timeout: 15 * time.Second, Retries: new(3)}},
	} {
		t.Run(line, func(t *testing.T) {
			got := call(t, nil, spaced(line)...)
			options := app.Options{ServerURL: "unix:///run/s.sock", Watches: []app.Watch{{
				Name: "example_check", Select: domain.SelectGroup("example_service"), Checks: want, Policy: domain.DropIn()}}}
			if d := diff(outcome{Status: 7, Ran: []app.Options{options}}, got); d != "" {
				t.Error(d)
			}
		})
	}
}
