package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// links makes symbolic links to this very binary under the names of the Python commands, or none at all if one
// of the names is taken.
func (p program) links(dir string) int {
	target, err := p.target()
	if err != nil {
		return p.trouble("links", err)
	}
	missing, err := missingLinks(dir, target)
	if err != nil {
		return p.trouble("links", err)
	}
	for _, path := range missing {
		if err := os.Symlink(target, path); err != nil {
			return p.trouble("links", err)
		}
		fmt.Fprintf(p.stdout, "made %s -> %s\n", path, target)
	}
	if len(missing) == 0 {
		fmt.Fprintf(p.stdout, "every link is there already\n")
	}
	return exitOK
}

func (p program) trouble(command string, err error) int {
	fmt.Fprintf(p.stderr, "%s %s: %v\n", self, command, err)
	return exitTrouble
}

// target is this binary itself, not a link to it.
func (p program) target() (string, error) {
	path, err := p.executable()
	if err != nil {
		return "", fmt.Errorf("this program cannot be found: %w", err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", fmt.Errorf("this program cannot be found: %w", err)
	}
	return filepath.Abs(path)
}

// missingLinks are the paths that are free. It is an error if one is taken by anything but a link to the target.
func missingLinks(dir, target string) ([]string, error) {
	if info, err := os.Stat(dir); err != nil {
		return nil, fmt.Errorf("the directory cannot be used: %w", err)
	} else if !info.IsDir() {
		return nil, fmt.Errorf("%s is not a directory", dir)
	}
	suffix := ""
	if strings.HasSuffix(target, ".exe") {
		suffix = ".exe"
	}
	var missing []string
	for _, c := range commands() {
		path := filepath.Join(dir, c.link()+suffix)
		switch _, err := os.Lstat(path); {
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, path)
		case err != nil:
			return nil, err
		case !linksTo(path, target):
			return nil, fmt.Errorf("%s exists and is no link to %s: move it away first; nothing was made", path, target)
		}
	}
	return missing, nil
}

func linksTo(path, target string) bool {
	link, err := os.Lstat(path)
	if err != nil || link.Mode()&fs.ModeSymlink == 0 {
		return false
	}
	end, err := filepath.EvalSymlinks(path)
	return err == nil && end == target
}
