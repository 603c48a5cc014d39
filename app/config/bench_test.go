package config_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"supervisor-healthcheck/app/config"
)

// A thousand programs with a section each start in less than a tenth of a second, in one file or in a thousand.
func BenchmarkLoad(b *testing.B) {
	one := func(i int, more string) string {
		return fmt.Sprintf("[program:p%d]\ncommand=/bin/cat\nprocess_name=%%(program_name)s_%%(process_num)02d\n"+
			"[healthcheck:p%d]\nhttp = http://127.0.0.1:%d/ping\nmemory = 800MB\n%s", i, i, 10000+i, more)
	}
	write := func(dir, name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	const head = "[supervisord]\n[unix_http_server]\nfile=/run/s.sock\n[supervisorctl]\n[healthcheck]\nfailures=3\n"
	for name, fill := range map[string]func(dir string){
		"one file": func(dir string) {
			var all strings.Builder
			all.WriteString(head)
			for i := range 1000 {
				all.WriteString(one(i, ""))
			}
			write(dir, "main.conf", all.String())
		},
		"one file, values for each process": func(dir string) {
			var all strings.Builder
			all.WriteString(head)
			for i := range 1000 {
				all.WriteString(one(i, "heartbeat = file %(here)s/%(process_name)s 60s\n"))
			}
			write(dir, "main.conf", all.String())
		},
		"a thousand files": func(dir string) {
			write(dir, "main.conf", head+"[include]\nfiles=c*.conf\n")
			for i := range 1000 {
				write(dir, fmt.Sprintf("c%d.conf", i), one(i, ""))
			}
		},
		"one section for a thousand processes": func(dir string) {
			write(dir, "main.conf", head+"[program:p]\ncommand=/bin/cat\nnumprocs=1000\nprocess_name=p_%(process_num)04d\n"+
				"[healthcheck:p]\nhttp = http://127.0.0.1:1%(process_num)04d/ping\n")
		},
	} {
		b.Run(name, func(b *testing.B) {
			dir := b.TempDir()
			fill(dir)
			for b.Loop() {
				c, err := config.Load(filepath.Join(dir, "main.conf"), os.LookupEnv)
				if err != nil || c.Err() != nil {
					b.Fatal(err, c.Err())
				}
			}
		})
	}
}

// A look at a thousand files after a tick.
func BenchmarkChanged(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "main.conf")
	put := func(path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	put(path, "[unix_http_server]\nfile=/s\n[include]\nfiles=c*.conf\n")
	for i := range 1000 {
		put(filepath.Join(dir, fmt.Sprintf("c%d.conf", i)), fmt.Sprintf("[healthcheck:%d]\nmemory=1GB\n", i))
	}
	c, err := config.Load(path, os.LookupEnv)
	if err != nil || c.Err() != nil {
		b.Fatal(err, c.Err())
	}
	o := config.NewCurrent(c, os.LookupEnv).Options()
	for b.Loop() {
		if o.Changed() {
			b.Fatal("it has changed")
		}
	}
}
