package main

import (
	"encoding/json"
	"fmt"

	"supervisor-healthcheck/domain/checks"
)

// memoryFlags are the flags of the command memory.
type memoryFlags struct {
	MaxRSS     string `short:"m" long:"max-rss" alias:"msx-rss" value-name:"KB" unquote:"false" need:"give the limit in kilobytes, such as -m 102400" description:"the most resident memory that is healthy, in kilobytes"`
	Cumulative bool   `short:"c" long:"cumulative" description:"count the child processes too"`
}

func (f *memoryFlags) settings(r *reader) []checks.Settings {
	return []checks.Settings{checks.Memory{MaxRSS: r.kilobytes("max-rss", f.MaxRSS), Cumulative: f.Cumulative}}
}

// cpuFlags are the flags of the command cpu.
type cpuFlags struct {
	MaxPercent string `short:"p" long:"max-cpu-percent" setting:"max-cpu" value-name:"PERCENT" unquote:"false" need:"give the limit in percent of one CPU, such as -p 100" description:"the most CPU use that is healthy, in percent of one CPU"`
	Interval   string `short:"i" long:"interval" value-name:"DURATION" unquote:"false" need:"say how long the CPU use may stay above the limit, such as -i 1800" description:"how long it may stay above that"`
}

func (f *cpuFlags) settings(r *reader) []checks.Settings {
	return []checks.Settings{checks.CPU{
		MaxPercent: r.percent("max-cpu-percent", f.MaxPercent), Interval: r.duration("interval", f.Interval),
	}}
}

// fileFlags are the flags of the command file.
type fileFlags struct {
	Timeout     string `short:"t" long:"timeout" value-name:"DURATION" unquote:"false" need:"say how old the file may be, such as -t 60" description:"how long ago the file may have been touched"`
	FailOnError bool   `short:"x" long:"fail-on-error" description:"a file that is missing is unhealthy"`
	Path        string `short:"f" long:"filepath" value-name:"FILE" unquote:"false" setting:"path" description:"the file that the process touches (default: one in --root-dir that is called after the process)"`
	RootDir     string `short:"d" long:"root-dir" value-name:"DIR" unquote:"false" description:"the directory of those files (default: that of temporary files)"`
}

func (f *fileFlags) settings(r *reader) []checks.Settings {
	return []checks.Settings{checks.File{
		Timeout: r.duration("timeout", f.Timeout), FailOnError: f.FailOnError, Path: f.Path, RootDir: f.RootDir,
	}}
}

// complexFlags are the flags of the command complex.
type complexFlags struct {
	Config string `short:"c" long:"check-config" value-name:"JSON" unquote:"false" secret:"yes" need:"give the settings of the checks as a JSON object" description:"the checks and their settings, as a JSON object such as {\"memory\":{\"max_rss\":102400}}"`
}

func (f *complexFlags) settings(r *reader) []checks.Settings {
	const quoting = "put the whole in single quotes, as supervisord takes bare double quotes away"
	if r.said["check-config"] {
		return nil
	}
	all, err := checks.ParseComplex(f.Config)
	switch label := r.label("check-config"); {
	case err != nil && !json.Valid([]byte(f.Config)):
		r.fail(fmt.Errorf("%s: %w; %s", label, err, quoting))
	case err != nil:
		r.fail(fmt.Errorf("%s: %w", label, err))
	}
	return all
}
