package config

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/domain"
)

// Problem is what is wrong in one place of the files. Its message is one sentence for the operator.
type Problem struct {
	ini.Place        // zero: it stands in no file
	Section   string // such as healthcheck:web
	Key       string // as it was written; empty: it is about the section
	Value     string // likewise; empty: it is secret, or none
	Why       string // what is wrong and the cure
}

// Error is the sentence: file and line, section, key, value, cure.
func (p *Problem) Error() string {
	var about []string
	if p.Section != "" {
		about = append(about, "["+p.Section+"]")
	}
	if p.Key != "" {
		about = append(about, p.Key)
	}
	where := strings.Join(about, " ")
	if p.File != "" {
		where = strings.TrimSuffix(p.Place.String()+": "+where, ": ")
	}
	why := strings.Join(strings.Fields(p.Why), " ") // it may quote a value of several lines
	if p.Value == "" {
		return where + ": " + why
	}
	return (&domain.SettingError{Setting: where, Value: p.Value, Why: why}).Error()
}

// Problems are all that is wrong, in the order of the files.
type Problems []error

// Error has a line for each.
func (p Problems) Error() string {
	var lines []string
	for _, err := range p {
		lines = append(lines, err.Error())
	}
	return strings.Join(lines, "\n")
}

// unreadable are the single errors about files that cannot be read.
func unreadable(err error) Problems {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return Problems{fmt.Errorf("%s: it cannot be read: %w", path.Path, path.Err)}
	}
	var many interface{ Unwrap() []error }
	if errors.As(err, &many) {
		return many.Unwrap()
	}
	return Problems{err}
}

// inOrder puts problems into the order of the files, first those that stand in none.
func (p Problems) inOrder(files *ini.Config) {
	places := map[string]int{files.Path: 1}
	for i, path := range files.Included {
		places[path] = i + 2
	}
	slices.SortStableFunc(p, func(a, b error) int {
		one, other := placeIn(a), placeIn(b)
		return cmp.Or(cmp.Compare(places[one.File], places[other.File]), cmp.Compare(one.Line, other.Line))
	})
}

func placeIn(err error) ini.Place {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Place
	}
	return ini.Place{}
}

// placeOf is the beginning of a file.
func placeOf(path string) ini.Place { return ini.Place{File: path, Line: 1} }
