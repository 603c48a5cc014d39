package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"supervisor-healthcheck/domain"
)

// sourced returns the text for a setting, which may be where its value names; false if that was refused.
func (r *reader) sourced(w word, text string) (string, bool) {
	if r.unread && w.row.Source != domain.Written {
		return "-", !r.said[w.long] // something is there
	}
	switch w.row.Source {
	case domain.InFile:
		text = r.secretFile(w.long, text)
	case domain.InVariable:
		text = r.secretVariable(w.long, text)
	}
	return text, !r.said[w.long]
}

// secretFile reads a file without its trailing newline.
func (r *reader) secretFile(long, path string) string {
	content, err := os.ReadFile(path)
	if err != nil {
		shown := path
		if errors.Is(err, fs.ErrNotExist) && !strings.Contains(path, "/") {
			shown = "" // it may be the password itself
		}
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		r.refuse(long, shown, fmt.Sprintf("the file cannot be read: %v", err))
	}
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if text == "" {
		r.refuse(long, path, "the file is empty; write the password into it")
	}
	return text
}

// nameOnly is empty where the name of an environment variable may be the password itself.
func nameOnly(name string) string {
	if strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == "" {
		return name
	}
	return ""
}

func (r *reader) secretVariable(long, name string) string {
	text := r.getenv(name)
	if text == "" {
		r.refuse(long, nameOnly(name), "this environment variable is not set; set it with environment= in supervisord.conf")
	}
	return text
}
