// Package ini reads configuration files as supervisord 4.2 does: with its idea of sections, continuation lines and inline
// comments, its [include] and its %(expansions)s. supervisord uses Python's configparser, whose rules no library of Go
// follows; a test holds this package against supervisor's own parser.
package ini

import (
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Config is what stands in a file and in those that it includes.
type Config struct {
	Path     string // of the main file, absolute
	Sections []*Section
	Included []string // the files that were included, absolute, in the order in which they were read
	Missing  []string // patterns of [include] that no file matches
	Folders  []string // those in which [include] looks for files
	Sum      uint64   // of all that was read: another one means that a file has changed, or that there is another

	defaults *Section            // [DEFAULT], which Sections does not have
	named    map[string]*Section // Sections by their names
	touched  []*Section          // by the file that is being read
	world    *world
}

// Section is a section with all that any file says under its name. Where a key is written twice, the later one counts.
type Section struct {
	Name string
	Place
	Keys []*Key // in the order in which they were first written
}

// Key is a setting and its value, without expansions but for %(here)s, which is that of the file it stands in.
type Key struct {
	Name  string // in lower case
	Value string // lines are separated by newlines
	Place
}

// Place is where something stands.
type Place struct {
	File string
	Line int // from 1
}

// String writes the place as compilers do.
func (p Place) String() string { return fmt.Sprintf("%s:%d", p.File, p.Line) }

// SyntaxError is a line that supervisord cannot read either.
type SyntaxError struct {
	Place
	Why string // what is wrong and the cure
}

// Error is the sentence, with the place in front.
func (e *SyntaxError) Error() string { return e.Place.String() + ": " + e.Why }

// Section returns the section of this name, or nil.
func (c *Config) Section(name string) *Section { return c.named[name] }

// Get returns the value of a setting, which may stand in [DEFAULT] instead.
func (c *Config) Get(s *Section, key string) (*Key, bool) {
	for _, from := range []*Section{s, c.defaults} {
		if from == nil {
			continue
		}
		if k := from.key(key); k != nil {
			return k, true
		}
	}
	return nil, false
}

// Keys returns the settings of a section, then those of [DEFAULT] that it does not have itself.
func (c *Config) Keys(s *Section) []*Key {
	keys := slices.Clone(s.Keys)
	for _, k := range c.defaults.Keys {
		if s.key(k.Name) == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

func (s *Section) key(name string) *Key {
	for _, k := range s.Keys {
		if k.Name == name {
			return k
		}
	}
	return nil
}

func (s *Section) set(k Key) *Key {
	if known := s.key(k.Name); known != nil {
		*known = k
		return known
	}
	s.Keys = append(s.Keys, &k)
	return s.Keys[len(s.Keys)-1]
}

// largest bounds what is read of one file. supervisord.conf files have some kilobytes.
const largest = 16 << 20

// Read reads a file and those that it includes. Its errors are of the file system, or one or more *SyntaxError joined.
// lookup tells the variables of supervisord's environment, which [include] may use.
func Read(path string, lookup func(name string) (string, bool)) (*Config, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	c := &Config{Path: path, defaults: &Section{Name: "DEFAULT"}, named: map[string]*Section{}}
	sum := fnv.New64a()
	if err := c.readFile(path, sum); err != nil {
		return nil, err
	}
	if err := c.include(lookup, sum); err != nil {
		return nil, err
	}
	c.Sum = sum.Sum64()
	return c, nil
}

func (c *Config) readFile(path string, sum io.Writer) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s is no regular file", path)
	}
	if info.Size() > largest {
		return fmt.Errorf("%s has %d bytes, which is no configuration file", path, info.Size())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	fmt.Fprintf(sum, "%s %d\n%s", path, len(text), text)
	c.touched = nil
	if err := c.parse(path, string(text)); err != nil {
		return err
	}
	c.here(filepath.Dir(path))
	return nil
}

// here puts the directory of the file that was just read in the place of %(here)s. What was read before has none any more.
func (c *Config) here(dir string) {
	const here = "%(here)s"
	sections := c.touched
	if slices.Contains(sections, c.defaults) { // what it says stands in all
		sections = c.Sections
	}
	for _, s := range sections {
		for _, k := range c.Keys(s) {
			if strings.Contains(k.Value, here) {
				expanded := *k
				expanded.Value = strings.ReplaceAll(k.Value, here, dir)
				s.set(expanded)
			}
		}
	}
}

// include reads the files of [include]. What they include themselves is not read.
func (c *Config) include(lookup func(string) (string, bool), sum io.Writer) error {
	section := c.Section("include")
	if section == nil {
		return nil
	}
	files, ok := c.Get(section, "files")
	if !ok {
		return &SyntaxError{section.Place, "[include] has no files=; write the files to include, such as files = conf.d/*.conf"}
	}
	patterns, err := Expand(files.Value, Names{Here: filepath.Dir(c.Path), Lookup: lookup})
	if err != nil {
		return &SyntaxError{files.Place, "files: " + err.Error()}
	}
	for _, pattern := range strings.FieldsFunc(patterns, IsSpace) {
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(filepath.Dir(c.Path), pattern)
		}
		found, folders := glob(pattern)
		c.Folders = append(c.Folders, folders...)
		if len(found) == 0 {
			c.Missing = append(c.Missing, pattern)
		}
		for _, path := range found {
			if err := c.readFile(path, sum); err != nil {
				return err
			}
			c.Included = append(c.Included, path)
		}
	}
	return nil
}
