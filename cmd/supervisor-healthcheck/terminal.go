package main

import (
	"io"
	"os"
)

// terminal reports whether the file is a terminal: a device that carries text, and not the one that swallows it.
func terminal(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// colours reports whether colours may be written there: only to a terminal, and not where somebody does not want them
// (no-color.org).
func colours(out io.Writer, getenv func(string) string) bool {
	file, is := out.(*os.File)
	return is && terminal(file) && getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
