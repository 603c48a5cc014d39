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
	Need    string // it must be given, and this sentence says why and how
	Doc     string // what it is: half a sentence in small letters, without a full stop

	Set     func(text string) error // reads what an operator has written; a *SettingError
	SetJSON func(raw []byte) error  // reads a JSON value; a *SettingError; nil where JSON is empty
	Get     func() string           // the value as it would be written
}

// Flag is how a setting is written on a command line.
type Flag struct {
	Long, Alias string // without dashes; the alias is not shown
	Short       rune   // 0: none
	Switch      bool   // it takes no value
	Repeats     bool   // it may be given several times, and all count
	Added       bool   // the Python commands do not have it; its name takes no prefix away from theirs
	Variable    string // an environment variable that is used when it is not given
}
