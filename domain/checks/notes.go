package checks

import "embed"

//go:embed *.txt
var notes embed.FS

// Notes is what somebody should know of the check besides its settings, as a help text; examples are indented by four spaces. It stands
// in a file beside the code, and is empty where there is none.
func (k Kind) Notes() string {
	text, err := notes.ReadFile(k.Name + ".txt")
	if err != nil {
		return ""
	}
	return string(text)
}
