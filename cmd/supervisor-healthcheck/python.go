package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"supervisor-healthcheck/app/python"
)

const pythonCommand = "python"

// python writes the module for checks in Python into a directory. What is there already is replaced only if it is an earlier one.
func (p program) python(dir string) int {
	path := filepath.Join(dir, python.File)
	before, err := os.ReadFile(path)
	first, _, _ := strings.Cut(python.Module, "\n")
	switch {
	case err == nil && string(before) == python.Module:
		fmt.Fprintf(p.stdout, "%s is there already\n", path)
		return exitOK
	case err == nil && !strings.HasPrefix(string(before), first+"\n"):
		return p.trouble(pythonCommand, fmt.Errorf("%s exists and is another module: move it away first; nothing was written", path))
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return p.trouble(pythonCommand, err)
	}
	if err := replace(path, python.Module); err != nil {
		return p.trouble(pythonCommand, err)
	}
	fmt.Fprintf(p.stdout, "wrote %s\n", path)
	return exitOK
}

// replace writes a file that everybody may read, as a whole or not at all.
func replace(path, text string) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("the directory cannot be used: %w", err)
	}
	defer os.Remove(f.Name()) //nolint:errcheck // it is not there any more if all went well
	_, err = f.WriteString(text)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	return err
}
