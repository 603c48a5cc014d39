package main

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/domain"
)

// word is a flag in all its spellings: the row of a setting, or help, which has none.
type word struct {
	long, alias, setting, group string
	short                       rune
	takesValue, repeats         bool
	added, secret               bool
	need, variable              string
	row                         domain.Setting
	option                      *flags.Option // nil for help
}

// addWords adds the flags of a table to the parser, as a group, and returns them. Go-flags reads the fields of a struct: one is
// made that has a field for each.
func addWords(p *flags.Parser, group, intro string, table []domain.Setting) ([]word, error) {
	table = slices.DeleteFunc(slices.Clone(table), func(row domain.Setting) bool { return row.Flag.Long == "" })
	fields := make([]reflect.StructField, 0, len(table))
	for i, row := range table {
		fields = append(fields, field(i, row.Flag))
	}
	g, err := p.AddGroup(group, intro, reflect.New(reflect.StructOf(fields)).Interface())
	if err != nil {
		return nil, err
	}
	all := make([]word, 0, len(table))
	for i, option := range g.Options() {
		all = append(all, newWord(group, option, table[i]))
	}
	return all, nil
}

// field is what go-flags reads a flag into.
func field(i int, flag domain.Flag) reflect.StructField {
	kind := reflect.TypeFor[string]()
	switch {
	case flag.Switch:
		kind = reflect.TypeFor[bool]()
	case flag.Repeats:
		kind = reflect.TypeFor[[]string]()
	}
	tag := fmt.Sprintf(`long:%q unquote:"false"`, flag.Long)
	if flag.Short != 0 {
		tag += fmt.Sprintf(` short:"%c"`, flag.Short)
	}
	return reflect.StructField{Name: fmt.Sprintf("Flag%d", i), Type: kind, Tag: reflect.StructTag(tag)}
}

func newWord(group string, option *flags.Option, row domain.Setting) word {
	flag := row.Flag
	option.Description = cmp.Or(flag.Doc, row.Doc)
	if !flag.Switch {
		option.ValueName, option.DefaultMask = cmp.Or(flag.Value, row.Value), word{row: row}.byDefault()
	}
	return word{
		long: flag.Long, alias: flag.Alias, setting: row.Word, group: group, short: flag.Short,
		takesValue: !flag.Switch, repeats: flag.Switch || flag.Repeats, added: flag.Added, secret: row.Secret,
		need: flag.Need, variable: flag.Variable, row: row, option: option,
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

// texts are what was given, if anything was.
func (w word) texts() []string {
	switch v := w.option.Value().(type) {
	case []string:
		return v
	case string:
		return []string{v}
	}
	return []string{"true"}
}

// text is the value of a flag that may be given once.
func (w word) text() string {
	text, _ := w.option.Value().(string)
	return text
}

// byDefault is what holds where the flag is not given.
func (w word) byDefault() string { return cmp.Or(w.row.Flag.Default, w.row.Default) }

// set has a text read as the command line has it.
func (w word) set(text string) error {
	if w.row.Flag.Set != nil {
		return w.row.Flag.Set(text)
	}
	return w.row.Set(text)
}
