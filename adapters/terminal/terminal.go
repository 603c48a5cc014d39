// Package terminal says what can be shown where a text is written: how wide its lines may be, and whether in colours. What is
// read by a program, or written to a file, is plain and always of one width.
package terminal

import (
	"io"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Plain is how wide a text is that nobody looks at while it is written.
const Plain = 80

// Screen is what can be shown. The zero Screen shows plain text, and says of no line that it is too wide.
type Screen struct {
	Width   int // in columns; 0: nobody counts them
	Colours bool
}

// Of looks at what the text is written to. Colours are for a terminal alone, and not where somebody does not want them
// (no-color.org); Width is 0 for everything else.
func Of(out io.Writer, getenv func(string) string) Screen {
	file, is := out.(*os.File)
	if !is || !Is(file) {
		return Screen{}
	}
	return Screen{Width: width(file, getenv), Colours: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"}
}

// Is reports whether the file is a terminal: a device that carries text, and not the one that swallows it.
func Is(file *os.File) bool {
	info, err := file.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// width is what the kernel knows of the terminal, else what COLUMNS says: over a serial line nobody tells the kernel.
func width(file *os.File, getenv func(string) string) int {
	if size, err := unix.IoctlGetWinsize(int(file.Fd()), unix.TIOCGWINSZ); err == nil && size.Col > 0 {
		return int(size.Col)
	}
	if columns, err := strconv.Atoi(getenv("COLUMNS")); err == nil && columns > 0 {
		return columns
	}
	return Plain
}

// Colour is a way to show a word. Its zero value is how all others are shown.
type Colour int

// The colours, and what they are for.
const (
	Usual   Colour = iota
	Green          // well
	Red            // wrong
	Yellow         // unsure, or worth a look
	Faint          // of no matter now
	Bold           // a heading
	Reverse        // the line of the cursor
)

// Paint has a text shown in a colour, if there are any.
func (s Screen) Paint(colour Colour, text string) string {
	if !s.Colours || colour == Usual || text == "" {
		return text
	}
	return [...]string{Green: "\x1b[32m", Red: "\x1b[31m", Yellow: "\x1b[33m", Faint: "\x1b[2m", Bold: "\x1b[1m", Reverse: "\x1b[7m"}[colour] + text + "\x1b[0m"
}
