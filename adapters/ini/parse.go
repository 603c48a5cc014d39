package ini

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsSpace is Python's str.isspace.
func IsSpace(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

func strip(text string) string { return strings.TrimFunc(text, IsSpace) }

// parser goes through one file line by line, as configparser.RawConfigParser._read of Python 3 does.
type parser struct {
	config  *Config
	file    string
	section *Section
	key     *Key
	lines   []string // of the value of key
	indent  int      // of the line that key or section stands in
	wrong   []error
}

func (c *Config) parse(file, text string) error {
	if !utf8.ValidString(text) {
		line := 1 + strings.Count(text[:invalid(text)], "\n")
		return &SyntaxError{Place{file, line}, "it is not UTF-8, and so supervisord cannot read it either"}
	}
	p := &parser{config: c, file: file}
	lines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n")
	if last := len(lines) - 1; lines[last] == "" {
		lines = lines[:last]
	}
	for i, line := range lines {
		if err := p.line(Place{file, i + 1}, line); err != nil {
			return err
		}
	}
	p.flush()
	return errors.Join(p.wrong...)
}

func invalid(text string) int {
	for i, r := range text {
		if _, size := utf8.DecodeRuneInString(text[i:]); r == utf8.RuneError && size == 1 {
			return i
		}
	}
	return len(text)
}

// flush ends the value of the key.
func (p *parser) flush() {
	if p.key != nil {
		p.key.Value = strings.TrimRightFunc(strings.Join(p.lines, "\n"), IsSpace)
	}
	p.key, p.lines = nil, nil
}

func (p *parser) line(at Place, line string) error {
	value, comment := uncommented(line)
	if value == "" {
		if !comment && p.key != nil {
			p.lines = append(p.lines, "")
		}
		return nil
	}
	indent := 0
	for _, r := range line {
		if !IsSpace(r) {
			break
		}
		indent++
	}
	if p.key != nil && indent > p.indent {
		p.lines = append(p.lines, value)
		return nil
	}
	p.indent = indent
	if name, ok := header(value); ok {
		p.flush()
		p.section = p.config.begin(name, at)
		return nil
	}
	if p.section == nil {
		return &SyntaxError{at, fmt.Sprintf("%q stands before the first section; begin with one such as [supervisord]", value)}
	}
	p.setting(at, value)
	return nil
}

// header is the name of a section: what stands between the first and the last bracket.
func header(value string) (string, bool) {
	last := strings.LastIndex(value, "]")
	if !strings.HasPrefix(value, "[") || last < 2 {
		return "", false
	}
	return value[1:last], true
}

// setting takes a line such as key = value or key: value.
func (p *parser) setting(at Place, value string) {
	i := strings.IndexAny(value, "=:")
	if i < 0 {
		p.wrong = append(p.wrong, &SyntaxError{at, fmt.Sprintf("%q is neither a section nor a setting; write [section] or key = value", value)})
		return
	}
	name := strings.ToLower(strings.TrimRightFunc(value[:i], IsSpace))
	if name == "" {
		p.wrong = append(p.wrong, &SyntaxError{at, fmt.Sprintf("%q has no key; write key = value", value)})
		return
	}
	p.flush()
	p.key = p.section.set(Key{Name: name, Place: at})
	p.lines = []string{strip(value[i+1:])}
}

// begin returns the section of this name, which may be an earlier one.
func (c *Config) begin(name string, at Place) *Section {
	s := c.defaults
	if name != "DEFAULT" {
		s = c.Section(name)
	}
	if s == nil {
		s = &Section{Name: name, Place: at}
		c.Sections = append(c.Sections, s)
		c.named[name] = s
	}
	c.touched = append(c.touched, s)
	return s
}

// uncommented is a line without its comment and without space around it, and whether it has one. A comment begins with
// ; or # at the beginning, or after a space. Where there are several, Python compares the first ; with the first #, the second
// with the second, and so on, and so does not always find the leftmost.
func uncommented(line string) (value string, comment bool) {
	value = strip(line)
	if strings.HasPrefix(value, ";") || strings.HasPrefix(value, "#") {
		return "", true
	}
	runes := []rune(line)
	at := map[rune]int{';': -1, '#': -1}
	for len(at) > 0 {
		end := -1
		for prefix, i := range at {
			next := slices.Index(runes[i+1:], prefix)
			if next < 0 {
				delete(at, prefix)
				continue
			}
			next += i + 1
			at[prefix] = next
			if (next == 0 || IsSpace(runes[next-1])) && (end < 0 || next < end) {
				end = next
			}
		}
		if end >= 0 {
			return strip(string(runes[:end])), true
		}
	}
	return value, false
}
