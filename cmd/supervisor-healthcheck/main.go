// Command supervisor-healthcheck is a Supervisor event listener that restarts processes that are unwell. Called by
// the name of one of the Python commands, such as supervisor_http_check, it is a drop-in for that command.
package main

import (
	"os"
	"time"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/app"
)

func run(o app.Options) int {
	o.Program = programVersion()
	return app.Main(o)
}

func main() {
	p := program{run: run, try: app.Try, demo: demo, executable: os.Executable, getenv: os.Getenv, environ: os.Environ,
		now: time.Now, terminal: terminal.Is(os.Stdin) && terminal.Is(os.Stderr), stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(p.main(os.Args))
}
