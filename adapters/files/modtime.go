//go:build !(linux || openbsd || dragonfly || darwin || freebsd || netbsd)

package files

import (
	"io/fs"
	"time"
)

func changed(info fs.FileInfo) time.Time { return info.ModTime() }
