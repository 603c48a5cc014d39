package main

import (
	"strings"

	"github.com/jessevdk/go-flags"
)

// word is a flag in all its spellings, with what the tags of its struct field say:
//
//	alias:"msx-rss"     another long name, not shown
//	added:"yes"         the Python commands do not have it; its name must not take prefixes away from theirs
//	secret:"yes"        its value must not be shown in a message
//	need:"sentence"     it must be given, and the sentence says why
//	variable:"NAME"     an environment variable that is used when the flag is not given
//	setting:"name"      its word in a policy or, but for '-' instead of '_', in the settings of a check, if it is not the long name
type word struct {
	long, alias, setting  string
	short                 rune
	takesValue, repeats   bool
	added, secret         bool
	need, variable, group string
	option                *flags.Option // nil for help
}

// words collects the flags of a parser and -h/--help, which go-flags adds while it parses.
func words(p *flags.Parser) []word {
	all := []word{{long: "help", short: 'h'}}
	for _, group := range p.Groups() {
		for _, option := range group.Options() {
			all = append(all, newWord(group, option))
		}
	}
	return all
}

func newWord(group *flags.Group, option *flags.Option) word {
	tag := option.Field().Tag
	_, isBool := option.Value().(bool)
	_, isList := option.Value().([]string)
	setting, ok := tag.Lookup("setting")
	if !ok {
		setting = option.LongName
	}
	return word{
		long: option.LongName, alias: tag.Get("alias"), setting: setting, short: option.ShortName,
		takesValue: !isBool, repeats: isBool || isList, added: tag.Get("added") != "", secret: tag.Get("secret") != "",
		need: tag.Get("need"), variable: tag.Get("variable"), group: group.ShortDescription, option: option,
	}
}

// label names the flag in a message: "-p/--port".
func (w word) label() string {
	if w.short == 0 {
		return "--" + w.long
	}
	return "-" + string(w.short) + "/--" + w.long
}

// begins reports whether the prefix begins one of its long names.
func (w word) begins(prefix string) bool {
	return strings.HasPrefix(w.long, prefix) || w.alias != "" && strings.HasPrefix(w.alias, prefix)
}

// given reports whether the flag stood on the command line.
func (w word) given() bool {
	return w.option != nil && w.option.IsSet() && !w.option.IsSetDefault()
}

// text is the value of a flag that takes one.
func (w word) text() string {
	text, _ := w.option.Value().(string)
	return text
}
