package migrate

import (
	"fmt"
	"strings"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// option is one of a command of Superlance.
type option struct {
	short rune
	long  string
	value bool   // it takes one
	lack  string // why it has no counterpart; empty: it has one
}

const (
	noMail = "no mail is sent; the log says what was done"
	noCore = "no core is written before a restart"
)

func httpokOptions() []option {
	return []option{
		{'h', "help", false, ""}, {'p', "program", true, ""}, {'a', "any", false, ""}, {'t', "timeout", true, ""}, {'c', "code", true, ""},
		{'b', "body", true, ""}, {'w', "delay", true, ""}, {'E', "not-eager", false, ""},
		{'e', "eager", false, "what does not run is not asked, and no mail is sent"},
		{'s', "sendmail_program", true, noMail}, {'m', "email", true, noMail}, {'n', "name", true, "it is the name in mails, and " + noMail},
		{'g', "gcore", true, noCore}, {'d', "coredir", true, noCore},
	}
}

func memmonOptions() []option {
	return []option{
		{'h', "help", false, ""}, {'c', "cumulative", false, ""}, {'p', "program", true, ""}, {'g', "group", true, ""}, {'a', "any", true, ""},
		{'s', "sendmail_program", true, noMail}, {'m', "email", true, noMail}, {'u', "uptime", true, "it is about mails alone, and " + noMail},
		{'n', "name", true, "it is the name in mails, and " + noMail},
	}
}

// flag is an option as it is given.
type flag struct {
	option
	text string
}

func (f flag) label() string { return fmt.Sprintf("-%c/--%s", f.short, f.long) }

// getopt reads flags as Python's getopt.getopt does: they end at the first word that is none.
func getopt(words []string, options []option) (all []flag, rest []string, err error) {
	for len(words) > 0 && len(words[0]) > 1 && words[0][0] == '-' {
		word := words[0]
		words = words[1:]
		if word == "--" {
			break
		}
		if long, ok := strings.CutPrefix(word, "--"); ok {
			words, all, err = longFlag(long, words, options, all)
		} else {
			words, all, err = shortFlags(word[1:], words, options, all)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return all, words, nil
}

func longFlag(text string, words []string, options []option, all []flag) ([]string, []flag, error) {
	name, value, glued := strings.Cut(text, "=")
	var found []option
	for _, o := range options {
		if o.long == name {
			found = []option{o}
			break
		}
		if strings.HasPrefix(o.long, name) {
			found = append(found, o)
		}
	}
	switch {
	case len(found) != 1:
		return nil, nil, fmt.Errorf("--%s is none of its flags, or the beginning of several", name)
	case glued && !found[0].value:
		return nil, nil, fmt.Errorf("--%s takes no value", found[0].long)
	case glued || !found[0].value:
		return words, append(all, flag{found[0], value}), nil
	case len(words) == 0:
		return nil, nil, fmt.Errorf("--%s is missing its value", found[0].long)
	}
	return words[1:], append(all, flag{found[0], words[0]}), nil
}

func shortFlags(text string, words []string, options []option, all []flag) ([]string, []flag, error) {
letters:
	for i, letter := range text {
		for _, o := range options {
			rest := text[i+1:]
			switch {
			case o.short != letter:
				continue
			case !o.value:
				all = append(all, flag{o, ""})
				continue letters
			case rest != "":
				return words, append(all, flag{o, rest}), nil
			case len(words) == 0:
				return nil, nil, fmt.Errorf("-%c is missing its value", letter)
			}
			return words[1:], append(all, flag{o, words[0]}), nil
		}
		return nil, nil, fmt.Errorf("-%c is none of its flags", letter)
	}
	return words, all, nil
}

// lacks notes what is given and has no counterpart. Flags with the same reason are in one note.
func (m *Made) lacks(all []flag) {
	var order []string
	labels := map[string][]string{}
	for _, f := range all {
		if f.lack == "" {
			continue
		}
		if labels[f.lack] == nil {
			order = append(order, f.lack)
		}
		labels[f.lack] = append(labels[f.lack], f.label())
	}
	for _, why := range order {
		m.note("%s: no counterpart; %s", strings.Join(labels[why], ", "), why)
	}
}

// named are the processes that Superlance means by a name: NAME in whatever group, or GROUP:NAME.
func (m *migration) named(name string) domain.Selection {
	if group, process, colon := strings.Cut(name, ":"); colon {
		return domain.SelectID(domain.ID{Group: group, Name: process})
	}
	var found []domain.ID
	for _, id := range m.ids {
		if id.Name == name {
			found = append(found, id)
		}
	}
	if found == nil {
		found = []domain.ID{{Group: name, Name: name}}
	}
	return domain.SelectIDs(found...)
}

// everything is what -a means: all but event listeners.
func everything() domain.Selection {
	all, _ := domain.Select("all") // it is a good word
	return all
}

// superlance makes a section of a check of a command of Superlance.
func (m *migration) superlance(made *Made, name string, s domain.Selection, settings checks.Settings, p domain.Policy) string {
	watch := app.Watch{Name: m.name(name, made.program.Name), Select: s, Checks: []checks.Settings{settings}, Policy: p}
	section, err := m.section(watch, nil)
	if err != nil {
		return err.Error()
	}
	made.Sections = append(made.Sections, section)
	m.unmatched(made, s)
	return ""
}
