package domain

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// HeartbeatFile is what a look at a heartbeat file has seen.
type HeartbeatFile struct {
	Changed time.Time // when its inode last changed (its ctime), by the system's clock, which may have been set since
	Regular bool      // it is a file, and neither a link nor a directory, a pipe or a device
	Names   int       // how many names it has: more than one are hard links
	Owner   int       // a uid; -1 where the system has none
}

// Foreign says why the file is no heartbeat of a process of this user, empty if it may be one. In a folder where everybody may
// write, everybody may make the file: only what root or the user has made counts, and nothing that leads to another file.
func (f HeartbeatFile) Foreign(uid int) string {
	switch {
	case !f.Regular:
		return "it is not a regular file"
	case f.Names > 1:
		return "it has a second name (a hard link)"
	case f.Owner < 0:
		return "this system does not say whose it is"
	case f.Owner != 0 && f.Owner != uid:
		return fmt.Sprintf("it belongs to uid %d, and neither to root nor to the user of the process, uid %d", f.Owner, uid)
	}
	return ""
}

// HeartbeatPath is where a process beats unless a path is configured: GROUP-NAME-PID in the folder root. A slash in
// a name, which Supervisor before version 4 allows, becomes an underscore, so that the file is always in root itself.
func HeartbeatPath(root string, id ID, pid int) string {
	file := id.Group + "-" + id.Name + "-" + strconv.Itoa(pid)
	return filepath.Join(root, strings.ReplaceAll(file, "/", "_"))
}
