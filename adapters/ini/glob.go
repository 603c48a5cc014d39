package ini

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// glob returns the files that match a pattern as Python's glob.glob finds them, sorted: a star does not match a name that
// begins with a dot, [!x] is everything but x, a backslash is nothing special. The pattern is absolute. Folders are those in
// which a name may appear that matches its last part.
func glob(pattern string) (found, folders []string) {
	found = []string{"/"}
	for part := range strings.SplitSeq(strings.TrimLeft(filepath.ToSlash(pattern), "/"), "/") {
		var next []string
		folders = found
		for _, dir := range found {
			next = append(next, matches(dir, part)...)
		}
		found = next
	}
	slices.Sort(found)
	return found, folders
}

// matches are the entries of a directory that match one part of a pattern.
func matches(dir, part string) []string {
	if !strings.ContainsAny(part, "*?[") {
		path := filepath.Join(dir, part)
		if _, err := os.Lstat(path); err != nil {
			return nil
		}
		return []string{path}
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	name, err := regexp.Compile(translated(part))
	if err != nil {
		return nil // such as a range from z to a, which matches nothing
	}
	var found []string
	for _, e := range entries {
		if name.MatchString(e.Name()) && (strings.HasPrefix(part, ".") || !strings.HasPrefix(e.Name(), ".")) {
			found = append(found, filepath.Join(dir, e.Name()))
		}
	}
	return found
}

// translated is a part of a pattern as a regular expression; see Python's fnmatch.translate.
func translated(part string) string {
	var re strings.Builder
	re.WriteString(`(?s)\A`)
	for part != "" {
		c := part[0]
		part = part[1:]
		switch c {
		case '*':
			re.WriteString(`.*`)
		case '?':
			re.WriteString(`.`)
		case '[':
			class, rest, ok := class(part)
			if !ok {
				re.WriteString(`\[`)
				continue
			}
			re.WriteString(class)
			part = rest
		default:
			end := strings.IndexAny(part, "*?[")
			if end < 0 {
				end = len(part)
			}
			re.WriteString(regexp.QuoteMeta(string(c) + part[:end]))
			part = part[end:]
		}
	}
	re.WriteString(`\z`)
	return re.String()
}

// class is what follows a bracket, up to its closing one, which may be the first in it.
func class(text string) (class, rest string, ok bool) {
	i := 0
	if strings.HasPrefix(text, "!") {
		i = 1
	}
	end := -1
	if len(text) > i {
		end = strings.IndexByte(text[i+1:], ']')
	}
	if end < 0 {
		return "", "", false
	}
	end += i + 1
	inner := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`).Replace(text[i:end])
	if i == 1 {
		inner = "^" + inner
	}
	return "[" + inner + "]", text[end+1:], true
}
