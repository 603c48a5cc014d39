package ini

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Names are what %(name)s can stand for.
type Names struct {
	Here    string
	Texts   map[string]string                    // such as program_name
	Numbers map[string]int                       // such as process_num
	Lookup  func(variable string) (string, bool) // of %(ENV_variable)s; nil: there are none
}

// Expand puts values in the place of %(name)s as Python's % operator does: with flags, a width and a precision, such as
// %(process_num)02d; %% is a percent sign. The error says what is wrong and the cure.
func Expand(text string, names Names) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(text, "%")
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		if after, ok := strings.CutPrefix(rest, "%"); ok {
			out.WriteByte('%')
			text = after
			continue
		}
		value, after, err := names.expand(rest)
		if err != nil {
			return "", err
		}
		out.WriteString(value)
		text = after
	}
}

const percentCure = "write %% for a percent sign"

// expand takes what follows a percent sign.
func (n Names) expand(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, "(") {
		return "", "", fmt.Errorf("%q is no expansion such as %%(process_num)02d; %s", "%"+first(text), percentCure)
	}
	end := closing(text)
	if end < 0 {
		return "", "", fmt.Errorf("%q has no closing parenthesis; %s", "%"+text, percentCure)
	}
	name, rest := text[1:end], text[end+1:]
	i := strings.IndexFunc(rest, func(r rune) bool { return !strings.ContainsRune("#0- +", r) })
	if i < 0 {
		i = len(rest)
	}
	flags, rest := rest[:i], rest[i:]
	width, rest := digits(rest)
	precision := ""
	if after, ok := strings.CutPrefix(rest, "."); ok {
		precision, rest = digits(after)
		precision = "." + precision
	}
	rest = strings.TrimPrefix(rest, "l")
	if rest == "" {
		return "", "", fmt.Errorf("%q does not say how to write the value; write %%(%s)s", "%"+text, name)
	}
	verb, rest := rest[0], rest[1:]
	value, err = n.value(name, flags, width, precision, verb)
	return value, rest, err
}

// closing finds the end of a name, which may have parentheses in it.
func closing(text string) int {
	depth := 0
	for i, r := range text {
		switch r {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}

func digits(text string) (number, rest string) {
	i := 0
	for i < len(text) && text[i] >= '0' && text[i] <= '9' {
		i++
	}
	return text[:i], text[i:]
}

func first(text string) string {
	for _, r := range text {
		return string(r)
	}
	return ""
}

// longest bounds a width, which might be a slip.
const longest = 1000

func (n Names) value(name, flags, width, precision string, verb byte) (string, error) {
	for _, text := range []string{width, strings.TrimPrefix(precision, ".")} {
		if w, err := strconv.Atoi(text); text != "" && (err != nil || w > longest) {
			return "", fmt.Errorf("%%(%s) has the width %s; write at most %d", name, text, longest)
		}
	}
	number, isNumber := n.Numbers[name]
	text, known := n.text(name)
	switch {
	case !known && !isNumber:
		return "", fmt.Errorf("%%(%s) is not known here; there are %s, and %%(ENV_X)s for variables of supervisord's environment", name, n.all())
	case strings.Contains(flags, "#"):
		return "", fmt.Errorf("%%(%s) has the flag #; leave it out", name)
	case verb != 's' && precision != "":
		return "", fmt.Errorf("%%(%s) has a precision; leave it out", name)
	case strings.IndexByte("diu", verb) >= 0 && isNumber:
		return fmt.Sprintf("%"+flags+width+"d", number), nil
	case strings.IndexByte("xXo", verb) >= 0 && isNumber:
		return fmt.Sprintf("%"+flags+width+string(verb), number), nil
	case verb == 's':
		if isNumber {
			text = strconv.Itoa(number)
		}
		if strings.Contains(flags, "-") {
			width = "-" + width
		}
		return fmt.Sprintf("%"+width+precision+"s", text), nil
	case strings.IndexByte("diuxXo", verb) >= 0:
		return "", fmt.Errorf("%%(%s)%c wants a number, and %s is a text; write %%(%s)s", name, verb, name, name)
	}
	return "", fmt.Errorf("%%(%s)%c cannot be written; write %%(%s)s or %%(process_num)02d", name, verb, name)
}

func (n Names) text(name string) (string, bool) {
	if name == "here" && n.Here != "" {
		return n.Here, true
	}
	if text, ok := n.Texts[name]; ok {
		return text, true
	}
	if variable, ok := strings.CutPrefix(name, "ENV_"); ok && n.Lookup != nil {
		return n.Lookup(variable)
	}
	return "", false
}

// all are the names, for an error.
func (n Names) all() string {
	names := slices.Concat(slices.Collect(maps.Keys(n.Texts)), slices.Collect(maps.Keys(n.Numbers)))
	if n.Here != "" {
		names = append(names, "here")
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
