package domain

// Setting is one row of a table of settings: all that is known of a setting stands in it, once. Flags, environment variables,
// the JSON of the complex check, sections of configuration files, help texts, check-config and suggestions are made from it. A
// table is bound to the value that it was made for: Set and SetJSON change that, Get tells it. Making one costs nothing much.
type Setting struct {
	Word string   // in sections and in messages, such as "start-grace"; '_' means the same as '-'
	Also []string // other words for it in sections
	Main bool     // it is what stands behind the word of the check itself in a section, as in "memory = 800MB"
	JSON string   // its key in the JSON of the complex check; empty: it has none
	Flag Flag     // on the command lines; Long empty: it has none

	Value   string // what a value looks like in a help text, such as DURATION
	Default string // as an operator would write it; empty: none
	Secret  bool   // its value stands in no message
	Doc     string // what it is: half a sentence in small letters, without a full stop

	// Sensitive: secrets end up here too. Messages show no more of its value than WithoutSecrets does.
	Sensitive bool
	Instead   string // the word of the setting in whose place it may be given: both together are too many
	Source    Source // where the text for Set is, if it is not the value itself

	// Set reads what an operator has written. Its error is a *SettingError, or goes on after the name of the setting, such as
	// "holds a password".
	Set     func(text string) error
	SetJSON func(raw []byte) error // reads a JSON value; a *SettingError; nil where JSON is empty
	Get     func() string          // the value as it would be written
}

// NotShown stands for a secret where settings are shown.
const NotShown = "(not shown)"

// Shown is the value for who looks at the settings: no secret is in it.
func (s Setting) Shown() string {
	value := s.Get()
	switch {
	case s.Secret && value != "":
		return NotShown
	case s.Sensitive:
		return WithoutSecrets(value)
	}
	return value
}

// Source is where the text of a setting is.
type Source int

const (
	// Written: it is the value that the operator has written.
	Written Source = iota
	// InFile: it is in the file that the value names, without the newline at its end.
	InFile
	// InVariable: it is in the environment variable that the value names.
	InVariable
)

// Flag is how a setting is written on a command line.
type Flag struct {
	Long, Alias string // without dashes; the alias is not shown
	Short       rune   // 0: none
	Switch      bool   // it takes no value
	Repeats     bool   // it may be given several times, and all count
	Added       bool   // the Python commands do not have it; its name takes no prefix away from theirs
	Variable    string // an environment variable that is used when it is not given
	Need        string // it must be given, or what may be given instead; this sentence says why and how

	Value, Default, Doc string // in the words of command lines; empty: as in Setting

	Set func(text string) error // reads a value that the Python commands write otherwise than sections; nil: as in Setting
}

// Bind is a row whose Set and Get read and write this field. What reads a text returns the cure for a bad one; a secret text
// stands in no error, nor does one that was in a file.
func Bind[T any](field *T, read func(text string) (T, string), show func(T) string, row Setting) Setting {
	row.Set = func(text string) error {
		value, cure := read(text)
		if cure == "" {
			*field = value
			return nil
		}
		switch {
		case (row.Secret || row.Source != Written) && text != "":
			text = Hidden
		case row.Sensitive:
			text = WithoutSecrets(text)
		}
		return &SettingError{Setting: row.Word, Value: text, Why: cure}
	}
	row.Get = func() string { return show(*field) }
	return row
}
