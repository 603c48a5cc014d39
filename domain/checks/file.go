package checks

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

var _ domain.Forgetter = (*fileCheck)(nil)

// File are the settings of the file check: a heartbeat file that must not be unchanged for longer than Timeout. It counts only
// if it is a regular file of root or of the process's user: anybody may make one in a folder for temporary files.
//
// How long it is unchanged is measured from one Run to the next by a clock that nobody can set; the file's ctime only tells
// whether it has changed. It counts by itself at the first Run for a life of a process, where it is plausible, and where runs
// are rarer than Timeout.
//
// No process is condemned within the first Timeout after it was first seen, unless it had been beating for longer before it
// ceased. So a file that an earlier life left behind gives a new one as much time for its first heartbeat as for each that follows.
type File struct {
	By          Way           // whether there is a file at all; with another way, only Timeout is used
	Timeout     time.Duration // required
	FailOnError bool          // a missing file is Unhealthy too
	Path        string        // of the heartbeat file; default domain.HeartbeatPath in RootDir
	RootDir     string        // default: TempDir of the World; unused with Path
}

// Table is the settings.
func (f *File) Table() []domain.Setting {
	return []domain.Setting{
		row(f, fileForm(), domain.Setting{
			Word: "heartbeat", Main: true, Value: "file PATH DURATION|event DURATION|notify DURATION",
			Doc: "how the process beats, and how long ago that may be: it touches a file, such as file /run/app/beat 60s, makes a PROCESS_COMMUNICATION event, such as event 60s, or sends WATCHDOG=1 by sd_notify, such as notify 60s",
		}),
		row(&f.Timeout, spans(), domain.Setting{
			Word: "timeout", JSON: "timeout", Value: "DURATION",
			Flag: domain.Flag{Long: "timeout", Short: 't', Need: "say how old the file may be, such as -t 60"},
			Doc:  "how long ago the file may have been touched",
		}),
		row(&f.FailOnError, switches(), domain.Setting{
			Word: "required", Also: []string{"fail-on-error"}, JSON: "fail_on_error", Value: "true|false", Default: "false",
			Flag: domain.Flag{Long: "fail-on-error", Short: 'x', Switch: true},
			Doc:  "a file that is missing is unhealthy",
		}),
		row(&f.Path, texts(), domain.Setting{
			Word: "path", Also: []string{"filepath"}, JSON: "filepath", Value: "FILE",
			Flag: domain.Flag{Long: "filepath", Short: 'f',
				Doc: "the file that the process touches (default: one in --root-dir that is called after the process)"},
			Doc: "the file that the process touches (default: one in root-dir that is called after the process)",
		}),
		row(&f.RootDir, texts(), domain.Setting{
			Word: "root-dir", JSON: "root_dir", Value: "DIR",
			Flag: domain.Flag{Long: "root-dir", Short: 'd'},
			Doc:  "the directory of those files (default: that of temporary files)",
		}),
	}
}

// fileForm is the path and the timeout in one, such as "file /run/app/beat 60s", or the timeout alone, such as "file 60s" and
// "event 60s".
func fileForm() form[File] {
	return form[File]{
		read: func(text string) (File, string) {
			const cure = "write how it beats and how long ago that may be, such as file /run/app/beat 60s, event 60s or notify 60s"
			kind, rest, _ := strings.Cut(text, " ")
			rest = strings.TrimSpace(rest)
			path, age := "", rest
			if last := strings.LastIndexByte(rest, ' '); last >= 0 {
				path, age = strings.TrimSpace(rest[:last]), rest[last+1:]
			}
			timeout, why := spans().read(age)
			way := slices.IndexFunc([]Way{ByFile, ByEvent, ByNotify}, func(w Way) bool { return w.String() == kind })
			if way < 0 || why != "" || path != "" && (path[0] != '/' || Way(way) != ByFile) {
				return File{}, cure
			}
			return File{By: Way(way), Path: path, Timeout: timeout}, ""
		},
		show: func(f File) string {
			if f.Timeout == 0 {
				return ""
			}
			return strings.Join(strings.Fields(f.By.String()+" "+f.Path+" "+spans().show(f.Timeout)), " ")
		},
	}
}

// Build makes the check.
func (f File) Build(w World) (domain.Check, error) {
	if f.Timeout <= 0 {
		return nil, wrong("timeout", f.Timeout.String(), "write how old the last heartbeat may be, such as 60 seconds")
	}
	if f.By != ByFile {
		return f.heard(w)
	}
	f.RootDir = cmp.Or(f.RootDir, w.TempDir, "/tmp")
	return &fileCheck{files: w.Files, owner: w.Owner, clock: w.Clock, settings: f, lives: map[domain.ID]heartbeats{}}, nil
}

// heard makes the check of what is sent.
func (f File) heard(w World) (domain.Check, error) {
	switch unused := "it is about a file, and the heartbeat comes by " + f.By.String() + "; leave it out"; {
	case f.Path != "":
		return nil, wrong("filepath", f.Path, unused)
	case f.RootDir != "":
		return nil, wrong("root_dir", f.RootDir, unused)
	case f.FailOnError:
		return nil, wrong("fail_on_error", "true", unused)
	}
	source := w.Events
	if f.By == ByNotify {
		source = w.Notify
	}
	return &beatCheck{way: f.By, timeout: f.Timeout, source: source, clock: w.Clock, lives: map[domain.ID]silence{}}, nil
}

// fileCheck remembers from one Run to the next what it has seen.
type fileCheck struct {
	files    ports.FileStat
	owner    ports.ProcessOwner
	clock    ports.Clock
	settings File

	mu    sync.Mutex
	lives map[domain.ID]heartbeats // of the instance seen last
}

// Name is "file".
func (c *fileCheck) Name() string { return "file" }

// Local is true: a file is asked for, and nobody else.
func (c *fileCheck) Local() bool { return true }

// Run compares the time without a heartbeat with the timeout.
func (c *fileCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}
	path := cmp.Or(c.settings.Path, domain.HeartbeatPath(c.settings.RootDir, p.ID, p.PID))

	file, err := c.files.Heartbeat(ctx, path)
	now := c.clock.Now()
	missing := errors.Is(err, fs.ErrNotExist)
	if verdict, failed := unmeasured(ctx, err); failed && (!missing || ctx.Err() != nil) {
		return verdict
	}
	look := fileLook{instance: p.Instance(), uptime: p.Uptime, at: now}
	if !missing {
		if verdict, failed := c.foreign(ctx, file, p, path); failed {
			return verdict
		}
		look.changed = file.Changed
	}

	return c.judge(c.learn(look), path)
}

// foreign returns the verdict where there is a file that is no heartbeat of the process, whoever it is of. The user of the process
// is asked for only where that makes a difference.
func (c *fileCheck) foreign(ctx context.Context, file domain.HeartbeatFile, p domain.Process, path string) (domain.Verdict, bool) {
	uid := file.Owner
	if file.Owner > 0 {
		var err error
		uid, err = c.owner.Owner(ctx, p.PID)
		if verdict, failed := unmeasured(ctx, err); failed {
			return verdict, true
		}
	}
	if why := file.Foreign(uid); why != "" {
		return domain.Unknown.Because("%s is no heartbeat: %s", path, why), true
	}
	return domain.Verdict{}, false
}

func (c *fileCheck) learn(look fileLook) heartbeats {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.lives[look.instance.ID].after(look, c.settings.Timeout)
	c.lives[look.instance.ID] = h
	return h
}

// Forget drops what was seen of all instances that are not alive.
func (c *fileCheck) Forget(alive func(domain.Instance) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.lives, func(_ domain.ID, h heartbeats) bool { return !alive(h.last.instance) })
}

func (c *fileCheck) judge(h heartbeats, path string) domain.Verdict {
	v := c.verdict(h, path)
	if h.doubt || h.last.changed.IsZero() && !c.settings.FailOnError {
		return v
	}
	return v.Measuring(beatMeasure(h.quiet, c.settings.Timeout))
}

// beatMeasure is that of a silence.
func beatMeasure(quiet, limit time.Duration) domain.Measure {
	return domain.Measure{Of: domain.MeasuredBeat, Value: quiet.Seconds(), Limit: limit.Seconds()}
}

func (c *fileCheck) verdict(h heartbeats, path string) domain.Verdict {
	limit := c.settings.Timeout
	missing := h.last.changed.IsZero()
	switch {
	case missing && !c.settings.FailOnError:
		return domain.Healthy.Because("no heartbeat file %s, which is allowed", path)
	case h.quiet <= limit && h.doubt:
		return domain.Unknown.Because("%s, which is judged in %s", h.lack(path), short(limit-h.quiet))
	case h.beat && !missing && h.quiet <= limit:
		return domain.Healthy.Because("heartbeat %s ago, limit %s, %s", short(h.quiet), limit, path)
	case h.quiet <= limit:
		return domain.Healthy.Because("%s yet, watched for %s of %s", h.lack(path), short(h.quiet), limit)
	case h.beat && !missing:
		return domain.Unhealthy.Because("last heartbeat %s ago, limit %s, %s", short(h.quiet), limit, path)
	}
	return domain.Unhealthy.Because("%s after %s", h.lack(path), short(h.quiet))
}

// lack says what is missed.
func (h heartbeats) lack(path string) string {
	switch {
	case h.last.changed.IsZero():
		return "no heartbeat file " + path
	case h.beat:
		return "no new heartbeat in " + path
	}
	return "no heartbeat in " + path
}
