package domain

import (
	"path/filepath"
	"strconv"
	"strings"
)

// HeartbeatPath is where a process beats unless a path is configured: GROUP-NAME-PID in the folder root. A slash in
// a name, which Supervisor before version 4 allows, becomes an underscore, so that the file is always in root itself.
func HeartbeatPath(root string, id ID, pid int) string {
	file := id.Group + "-" + id.Name + "-" + strconv.Itoa(pid)
	return filepath.Join(root, strings.ReplaceAll(file, "/", "_"))
}
