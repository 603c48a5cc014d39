package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// oldListeners are all that migrate knows, with what makes a difference.
const oldListeners = `[unix_http_server]
file=/run/s.sock
username=me
password=known
[supervisord]
environment=SUPERVISOR_HEALTHCHECK_LADDER="1m..1h"
[program:web]
command=/bin/web
numprocs=2
process_name=web_%(process_num)02d
[program:api]
command=/bin/api
priority=1001
[healthcheck]
http.timeout = 3s
failures = 9
[healthcheck:taken]
memory = 1GB
select = api

[eventlistener:web_check]
command=/usr/bin/supervisor_http_check -n web_check -g web -u /ping?a=%%20 -p 8080 -t 5 -r 0 --log-level debug
events=TICK_60
user=watch
stderr_logfile=/var/log/supervisor/web.err
[eventlistener:pattern]
command=python3 -u /usr/bin/supervisor_tcp_check -n taken -g web -g api -p ".+_(\\d+)" --serverurl http://10.0.0.1:9001
events=TICK_5
user=watch
environment=LANG="C",SUPERVISOR_HEALTHCHECK_FAILURES=3,SUPERVISOR_USERNAME="me",SUPERVISOR_PASSWORD="known"
[eventlistener:all]
command=supervisor_complex_check -n all -N api -N web:web_00
    -c '{"memory":{"max_rss":409600,"cumulative":true},"http":{"url":"/ping","port":8082,"headers":{"A":"b"},"password":"s3"}}'
events=TICK_5
user=watch
[eventlistener:healthcheck]
command=/opt/supervisor-healthcheck cpu -n own -N api -p 100 -i 30m --policy recommended --failures 5 --log-level warn
events=TICK_5,PROCESS_STATE
user=watch
[eventlistener:secret]
command=supervisor_http_check -n secret -g api -u / -p 80 -r 0 -U me --password-env OWN --log-format json
environment=OWN="in the section"
events=TICK_5
user=watch
[eventlistener:rpc]
command=supervisor_xmlrpc_check -n rpc -g api -s /run/api.sock --password-file /etc/none
events=TICK_5
user=watch
[eventlistener:bad]
command=supervisor_http_check -n bad -g web -u ping -P s3cret
    --prot 80
events=TICK_5
[eventlistener:crash]
command=/bin/crashmail -a
events=PROCESS_STATE
`

const newSections = `; Made by supervisor-healthcheck migrate of D/old.conf.
; When this file is included, take the old sections away, which would check the same:
;   [eventlistener:web_check] at D/old.conf:21
;   [eventlistener:pattern] at D/old.conf:26
;   [eventlistener:all] at D/old.conf:31
;   [eventlistener:healthcheck] at D/old.conf:36
;   [eventlistener:secret] at D/old.conf:40
;   [eventlistener:rpc] at D/old.conf:45
; It may hold passwords: keep it from other users.

; serverurl holds for all sections now, and was said by [eventlistener:pattern] alone
; the old listeners have several values for log_level, and the new one has one: debug of [eventlistener:web_check], warn of [eventlistener:healthcheck]
; log_format holds for all sections now, and was said by [eventlistener:secret] alone
[healthcheck]
serverurl = http://10.0.0.1:9001
log_format = json

; In place of [eventlistener:web_check] at D/old.conf:21, supervisor_http_check
; this check never worked: with a percent sign in its URL it restarted healthy processes at every tick; now it is a character as others
; it was made at every TICK_60: interval = 1m keeps that
; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it
[healthcheck:web_check]
select = web:*
http = http://127.0.0.1:8080/ping?a=%20
http.timeout = 5s
policy = drop-in
failures = 1
ladder = 1m..1h
interval = 1m

; In place of [eventlistener:pattern] at D/old.conf:26, supervisor_tcp_check
; the log calls it pattern now, because sections have names of their own
; a retry was for a refused connection alone; now it is for every failed attempt, such as a bad status
; the Python package looked after the last -g alone; now every -g counts
; web:web_00: that restarted the process at every tick, and now it is not judged: the port pattern .+_(\d+) finds "00" in web_00, which is no port from 1 to 65535
; the new listener does not have LANG of its environment=
[healthcheck:pattern]
select = web:*, api:*
tcp.port = .+_(\d+)
tcp.retries = 2
policy = drop-in
failures = 3
ladder = 1m..1h

; In place of [eventlistener:all] at D/old.conf:31, supervisor_complex_check
; this check never worked: http in a complex check without method restarted healthy processes at every tick; now it asks with GET
; its password stood in the log; where it stands now others may read it too: http.password_file names a file instead
; a retry was for a refused connection alone; now it is for every failed attempt, such as a bad status
; the Python package looked after the last -N alone; now every -N counts, and every -g of another group
; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it
[healthcheck:all]
select = api:api, web:web_00
memory = 400MB
memory.cumulative = true
http = http://127.0.0.1:8082/ping
http.headers = A: b
http.password = s3
http.timeout = 15s
http.retries = 2
policy = drop-in
failures = 1
ladder = 1m..1h

; In place of [eventlistener:healthcheck] at D/old.conf:36, supervisor-healthcheck
[healthcheck:own]
select = api:api
cpu = 100% for 30m
failures = 5
ladder = 1m..1h

; In place of [eventlistener:secret] at D/old.conf:40, supervisor_http_check
; the value of the variable OWN stood in its environment= and stands in the section now
; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it
[healthcheck:secret]
select = api:*
http = http://127.0.0.1:80/
http.username = me
http.password = in the section
http.timeout = 15s
policy = drop-in
failures = 1
ladder = 1m..1h

; In place of [eventlistener:rpc] at D/old.conf:45, supervisor_xmlrpc_check
; this check never worked: supervisor_xmlrpc_check of the Python package ends at its start; now it begins to check
; a retry was for a refused connection alone; now it is for every failed attempt, such as a bad status
; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it
[healthcheck:rpc]
select = api:*
xmlrpc = http://unix:/run/api.sock:/RPC2
xmlrpc.password_file = /etc/none
xmlrpc.retries = 2
policy = drop-in
failures = 1
ladder = 1m..1h

; Not migrated: [eventlistener:bad] at D/old.conf:49: unknown flag --prot: did you mean --port?
;   [eventlistener:bad]
;   command=supervisor_http_check -n bad -g web -u ping -P s3cret
;       --prot 80
;   events=TICK_5

; the one listener for all sections
[eventlistener:healthcheck]
command=BIN run
events=TICK_5,PROCESS_STATE
priority=1002
buffer_size=100
autorestart=true
stdout_logfile=NONE
stderr_logfile=/var/log/supervisor/healthcheck.log
user=watch
`

const notMigrated = "supervisor-healthcheck migrate: D/old.conf:49: [eventlistener:bad]: unknown flag --prot: did you mean --port?\n"

// migrating calls migrate in a folder with the old listeners, D.
func migrating(t *testing.T, dir string, args ...string) outcome {
	t.Helper()
	got := call(t, nil, append([]string{"x", "migrate"}, args...)...)
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	neutral := strings.NewReplacer(dir, "D", own, "BIN")
	got.Stdout, got.Stderr = neutral.Replace(got.Stdout), neutral.Replace(got.Stderr)
	return got
}

// files are put into a folder.
func files(t *testing.T, texts map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMigrate(t *testing.T) {
	dir := files(t, map[string]string{"old.conf": oldListeners})
	got := migrating(t, dir, "-c", dir+"/old.conf")
	if d := diff(outcome{Status: exitTrouble, Stdout: newSections, Stderr: notMigrated}, got); d != "" {
		t.Error(d)
	}
	if strings.Contains(got.Stderr, "s3cret") {
		t.Error("a message shows a password")
	}
	got = migrating(t, dir, "-c", dir+"/old.conf", "--write", dir+"/new.conf")
	want := outcome{Status: exitTrouble, Stderr: notMigrated,
		Stdout: "wrote D/new.conf\nD/old.conf does not include it: add it to files= of [include] there, then: supervisorctl reread, and supervisorctl update.\n"}
	if d := diff(want, got); d != "" {
		t.Error(d)
	}
	text, err := os.ReadFile(dir + "/new.conf")
	info, failed := os.Stat(dir + "/new.conf")
	if err != nil || failed != nil || info.Mode().Perm() != 0o600 || !strings.HasPrefix(string(text), "; Made by ") {
		t.Errorf("%s %v %v %v", text, info, err, failed)
	}
	again := outcome{Status: exitUsage, Stderr: "supervisor-healthcheck migrate: D/new.conf exists, and nothing is written over it: name another file or move it away\n"}
	if d := diff(again, migrating(t, dir, "-c", dir+"/old.conf", "--write", dir+"/new.conf")); d != "" {
		t.Error(d)
	}
}

func TestFilesForMigrate(t *testing.T) {
	const web = "[eventlistener:web]\ncommand=supervisor_memory_check -n web -g shop -m 1024\nevents=TICK_5\n"
	const section = `
; In place of [eventlistener:web] at D/a.conf:1, supervisor_memory_check
; it restarted at the first failure; failures = 1 keeps that, as policy = drop-in has it
[healthcheck:web]
select = shop:*
memory = 1MB
policy = drop-in

`
	dir := files(t, map[string]string{"a.conf": web, "main.conf": "[include]\nfiles=a.conf\n" + strings.Replace(web, "listener:web", "listener:none", 1),
		"run.conf": "[eventlistener:all]\ncommand=/opt/supervisor-healthcheck run -c x\n", "empty.conf": "[program:x]\ncommand=supervisor_http_check\n", "broken.conf": "x\n"})
	for line, want := range map[string]outcome{
		"D/a.conf D/run.conf D/a.conf": {Stdout: `; Made by supervisor-healthcheck migrate of D/a.conf, D/run.conf.
; When this file is included, take the old sections away, which would check the same:
;   [eventlistener:web] at D/a.conf:1
` + section + "; the one listener for all sections is there already: [eventlistener:all] at D/run.conf:1\n"},
		"-c D/empty.conf": {Stderr: "supervisor-healthcheck migrate: D/empty.conf: nothing is to be migrated: there is no listener of the Python package and none of Superlance's httpok and memmon\n"},
		"D/run.conf":      {Stderr: "supervisor-healthcheck migrate: D/run.conf: nothing is to be migrated: there is no listener of the Python package and none of Superlance's httpok and memmon\n"},
		"D/none.conf":     {Status: exitUsage, Stderr: "supervisor-healthcheck migrate: D/none.conf: it cannot be read: no such file or directory\n"},
		"D/broken.conf":   {Status: exitUsage, Stderr: "supervisor-healthcheck migrate: D/broken.conf:1: \"x\" stands before the first section; begin with one such as [supervisord]\n"},
		"-c D/a.conf D/run.conf": {Status: exitUsage,
			Stderr: "supervisor-healthcheck migrate: -c D/a.conf and D/run.conf are too much together: give supervisord's own file by -c, or the files to be read without it\n"},
		"--fast": {Status: exitUsage, Stderr: "supervisor-healthcheck migrate: unknown flag `fast'\n"},
	} {
		if d := diff(want, migrating(t, dir, strings.Fields(strings.ReplaceAll(line, "D/", dir+"/"))...)); d != "" {
			t.Errorf("%s: %s", line, d)
		}
	}
	whole := migrating(t, dir, "-c", dir+"/main.conf")
	if whole.Status != exitOK || strings.Count(whole.Stdout, "\n[healthcheck:") != 2 || !strings.Contains(whole.Stdout, "\n[healthcheck:web]\n") ||
		!strings.Contains(whole.Stdout, "\n[healthcheck:web_2]\n") || strings.Count(whole.Stdout, "this check never worked: there is no group shop") != 2 {
		t.Errorf("%+v", whole)
	}
}
