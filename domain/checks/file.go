package checks

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// File are the settings of the file check: a heartbeat file whose ctime must not be older than Timeout.
//
// No process is condemned within the first Timeout of its life. So a file that an earlier life left behind gives a
// new one as much time for its first heartbeat as for each that follows.
type File struct {
	Timeout     time.Duration // required
	FailOnError bool          // a missing file is Unhealthy too
	Path        string        // of the heartbeat file; default domain.HeartbeatPath in RootDir
	RootDir     string        // default: the directory for temporary files when Build is called; unused with Path
}

// Build makes the check. It reads the environment for the default of RootDir.
func (f File) Build(w World) (domain.Check, error) {
	if f.Timeout <= 0 {
		return nil, wrong("timeout", f.Timeout.String(), "write how old the last heartbeat may be, such as 60 seconds")
	}
	f.RootDir = cmp.Or(f.RootDir, w.TempDir, "/tmp")
	return &fileCheck{files: w.Files, clock: w.Clock, settings: f}, nil
}

type fileCheck struct {
	files    ports.FileStat
	clock    ports.Clock
	settings File
}

// Name is "file".
func (c *fileCheck) Name() string { return "file" }

func (c *fileCheck) Local() bool { return true }

// Run compares the age of the heartbeat file with the timeout.
func (c *fileCheck) Run(ctx context.Context, p domain.Process) domain.Verdict {
	if p.PID == 0 {
		return noPID()
	}
	path := cmp.Or(c.settings.Path, domain.HeartbeatPath(c.settings.RootDir, p.ID, p.PID))

	changed, err := c.files.Changed(ctx, path)
	now := c.clock.Now()
	missing := errors.Is(err, fs.ErrNotExist)
	if verdict, failed := unmeasured(ctx, err); failed && (!missing || ctx.Err() != nil) {
		return verdict
	}

	if missing {
		return c.judgeMissing(p, path)
	}
	return c.judgeAge(p, path, max(0, now.Sub(changed)))
}

func (c *fileCheck) judgeMissing(p domain.Process, path string) domain.Verdict {
	switch {
	case !c.settings.FailOnError:
		return domain.Healthy.Because("no heartbeat file %s, which is allowed", path)
	case c.young(p):
		return domain.Healthy.Because("no heartbeat file %s yet, up for %s of %s", path, p.Uptime, c.settings.Timeout)
	}
	return domain.Unhealthy.Because("no heartbeat file %s after %s", path, p.Uptime)
}

func (c *fileCheck) judgeAge(p domain.Process, path string, age time.Duration) domain.Verdict {
	limit := c.settings.Timeout
	switch {
	case age <= limit:
		return domain.Healthy.Because("heartbeat %s ago, limit %s, %s", short(age), limit, path)
	case c.young(p): // then the file is older than the process
		return domain.Healthy.Because("no heartbeat in %s yet, up for %s of %s", path, p.Uptime, limit)
	}
	return domain.Unhealthy.Because("last heartbeat %s ago, limit %s, %s", short(age), limit, path)
}

// young reports whether the process has not had the whole timeout for its first heartbeat.
func (c *fileCheck) young(p domain.Process) bool { return p.Uptime <= c.settings.Timeout }
