package main

import (
	"fmt"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// find finds a flag by its long name or by a prefix of it. A prefix that was unambiguous among the flags of the
// Python command means the same here, however many flags were added. With an error comes the flag that may be meant.
func find(words []word, name string) (word, error) {
	for _, w := range words {
		if w.long == name || w.alias != "" && w.alias == name {
			return w, nil
		}
	}
	candidates := beginning(words, name, false)
	if len(candidates) == 0 {
		candidates = beginning(words, name, true)
	}
	switch {
	case name == "" || len(candidates) == 0:
		return unknown(words, name)
	case len(candidates) > 1:
		return candidates[0], fmt.Errorf("ambiguous flag --%s: it could be %s", veiled(name), longNames(candidates))
	}
	return candidates[0], nil
}

func unknown(words []word, name string) (word, error) {
	var names []string
	for _, w := range words {
		names = append(names, w.long)
	}
	meant := nearest(name, names)
	if meant == "" {
		meant = byTail(name, names)
	}
	if meant != "" {
		return byLong(words, meant), fmt.Errorf("unknown flag --%s: did you mean --%s?", veiled(name), meant)
	}
	return word{}, fmt.Errorf("unknown flag --%s: -h shows the flags of this command", veiled(name))
}

// byTail finds the name that ends like the misspelt one, as num-retries does like retires.
func byTail(name string, names []string) string {
	var tails []string
	whole := map[string]string{}
	for _, long := range names {
		if _, tail, dashed := strings.Cut(long, "-"); dashed && whole[tail] == "" {
			tails, whole[tail] = append(tails, tail), long
		}
	}
	return whole[nearest(name, tails)]
}

// veiled is the name of a flag that there is not, as a message shows it: up to a blank, or the end of the name of a flag whose value
// is secret, for what follows may be that value with the equals sign forgotten. The flag may be one of another command.
func veiled(name string) string {
	end := len(name)
	for _, long := range secretFlags() {
		if strings.HasPrefix(name, long) {
			end = min(end, len(long))
		}
	}
	if i := strings.IndexFunc(name, func(r rune) bool { return r != '-' && r < '0' || r > '9' && r < 'A' || r > 'Z' && r < 'a' || r > 'z' }); i >= 0 {
		end = min(end, i)
	}
	if end < len(name) {
		return name[:end] + domain.Hidden
	}
	return name
}

// secretFlags are the flags of all commands whose value is secret.
func secretFlags() []string {
	var all []string
	for _, c := range commands() {
		for _, row := range c.checks().Table() {
			if row.Secret && row.Flag.Long != "" {
				all = append(all, row.Flag.Long)
			}
		}
	}
	return all
}

func beginning(words []word, prefix string, added bool) []word {
	var found []word
	for _, w := range words {
		if w.added == added && w.begins(prefix) {
			found = append(found, w)
		}
	}
	return found
}

func byLetter(words []word, letter rune) (word, bool) {
	i := slices.IndexFunc(words, func(w word) bool { return w.short != 0 && w.short == letter })
	if i < 0 {
		return word{}, false
	}
	return words[i], true
}

// byLong finds a flag that is known to exist by its whole long name.
func byLong(words []word, long string) word {
	i := slices.IndexFunc(words, func(w word) bool { return w.long == long })
	return words[i]
}

func longNames(words []word) string {
	var names []string
	for _, w := range words {
		names = append(names, "--"+w.long)
	}
	return strings.Join(names, ", ")
}
