package config

import (
	"os"
	"slices"

	"supervisor-healthcheck/adapters/ini"
)

// stamp is how files and folders looked before they were read.
type stamp struct {
	paths []string
	infos []os.FileInfo // nil: it was not there
}

func look(paths []string) stamp {
	s := stamp{paths: paths, infos: make([]os.FileInfo, len(paths))}
	for i, path := range paths {
		s.infos[i], _ = os.Stat(path)
	}
	return s
}

// with adds what was found while the files were read. What has changed since is found by the next reading: its sum tells.
func (s stamp) with(files *ini.Config) stamp {
	more := look(slices.Concat(files.Included, files.Folders))
	return stamp{paths: slices.Concat(s.paths, more.paths), infos: slices.Concat(s.infos, more.infos)}
}

// moved reports whether something looks otherwise now.
func (s stamp) moved() bool {
	now := look(s.paths)
	for i, before := range s.infos {
		after := now.infos[i]
		if before == nil || after == nil {
			if before != after {
				return true
			}
			continue
		}
		if !os.SameFile(before, after) || before.Size() != after.Size() || !before.ModTime().Equal(after.ModTime()) {
			return true
		}
	}
	return false
}
