package words

import _ "embed" // for lines.txt

//go:embed lines.txt
var lines string

// Explained says what each message, decision and fact of the log means, as a help text: a line "term :: meaning" for each, under
// headings. Three dots at the end of a term stand for the rest of a message, and numbers are examples.
func Explained() string { return lines }
