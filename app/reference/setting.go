package reference

import (
	"cmp"
	"slices"
	"strings"

	"supervisor-healthcheck/domain"
)

// entries are rows of settings that stand in sections under their own words.
func entries(table []domain.Setting) []string {
	var all []string
	for _, row := range table {
		all = append(all, entry("", row, standing(row)))
	}
	return all
}

// policy are the settings of the policy, with both defaults.
func policy() []string {
	rows := func(p domain.Policy) []domain.Setting { return append([]domain.Setting{p.Basis()}, p.Table()...) }
	dropIn := rows(domain.DropIn())
	var all []string
	for i, row := range rows(domain.Recommended()) {
		standing := "default " + row.Get()
		if other := dropIn[i].Get(); other != row.Get() {
			standing += " (drop-in: " + other + ")"
		}
		all = append(all, entry("", row, standing))
	}
	return all
}

// flags are rows of settings that no section knows.
func flags(table []domain.Setting) []string {
	var all []string
	for _, row := range table {
		var more []string
		if row.Flag.Variable != "" {
			more = append(more, "variable "+row.Flag.Variable)
		}
		facts := join(row, standing(row), more...)
		all = append(all, spelling(row)+" "+row.Value+" :: "+cmp.Or(row.Flag.Doc, row.Doc)+facts)
	}
	return all
}

// entry is a setting as Layout takes it: what it is, and in a line of its own what else is known of it. The settings of a check
// have its word in front of theirs, but for the main one.
func entry(check string, row domain.Setting, standing string) string {
	spelt := func(word string) string { return strings.TrimPrefix(check+"."+written(word), ".") }
	term, also := spelt(row.Word), row.Also
	if row.Main {
		term = check
		if row.Word != check {
			also = append([]string{row.Word}, also...)
		}
	}
	var facts []string
	for _, word := range also {
		facts = append(facts, "also "+spelt(word))
	}
	if row.Flag.Long != "" {
		facts = append(facts, flag(row))
	}
	if row.Flag.Variable != "" {
		facts = append(facts, "variable "+row.Flag.Variable)
	}
	if row.JSON != "" {
		facts = append(facts, "JSON key "+row.JSON)
	}
	if row.Instead != "" {
		facts = append(facts, "in place of "+spelt(row.Instead))
	}
	return term + " = " + row.Value + " :: " + row.Doc + join(row, standing, facts...)
}

// join writes facts in a line of their own, if there are any.
func join(row domain.Setting, standing string, facts ...string) string {
	if standing != "" {
		facts = slices.Insert(facts, 0, standing)
	}
	if row.Secret {
		facts = append(facts, "secret: it is shown nowhere")
	}
	if len(facts) == 0 {
		return ""
	}
	return "\n:: " + strings.Join(facts, "; ")
}

// standing says what holds where a setting is not written.
func standing(row domain.Setting) string {
	switch given := row.Flag.Default; {
	case row.Default == "" && given == "":
		return ""
	case row.Default == "":
		return "default " + given
	case given != "" && given != row.Default:
		return "default " + row.Default + " (on command lines " + given + ")"
	}
	return "default " + row.Default
}

// flag is how the setting is written on a command line, with what is different there.
func flag(row domain.Setting) string {
	text := "flag " + spelling(row)
	if value := row.Flag.Value; value != "" && value != row.Value {
		text += " " + value
	}
	if doc := row.Flag.Doc; doc != "" && doc != row.Doc {
		text += " (" + doc + ")"
	}
	return text
}

func spelling(row domain.Setting) string {
	if row.Flag.Short == 0 {
		return "--" + row.Flag.Long
	}
	return "-" + string(row.Flag.Short) + ", --" + row.Flag.Long
}

// written is a word as sections write it.
func written(word string) string { return strings.ReplaceAll(word, "-", "_") }
