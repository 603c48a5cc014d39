package main

import (
	"strings"
	"testing"
)

// FuzzCommandLine has anything read as a command line, with a password somewhere in it: no refusal shows it, and what is accepted has
// it as the password. Words are parted by a zero byte.
func FuzzCommandLine(f *testing.F) {
	for _, seed := range []string{"", "-n\x00c\x00-g\x00web\x00-u\x00/\x00-p\x0080", "-p\x0080\x00-p\x0081", "stray", "-P\x00x", "--", "-h", "--pass", "-x", "-1", "-", "--=", "-P",
		"-r\x000\x00-t\x005\x00-H\x00{\"a\":1}", "-n c", "--serverurl\x00http://u:p@h", "\xff", "-\xff", "--port"} {
		f.Add("complex", seed, uint8(0))
		f.Add("http", seed, uint8(1+len(seed)%6))
	}
	const secret = "T0PS3CR3T w0rd"
	f.Fuzz(func(t *testing.T, name, text string, how uint8) {
		c, ok := findCommand(name)
		if !ok || len(text) > 256 || strings.Contains(text, "-file") { // no file of this machine is read
			return
		}
		given := [][]string{{"-c", secret}, {"-P", secret}, {"-P" + secret}, {"--password=" + secret}, {"--password " + secret}, {"-P", "T0PS3CR3T", "w0rd"}, {"--password" + secret}}[int(how)%7]
		for _, args := range [][]string{append(strings.Split(text, "\x00"), given...), append(given[:len(given):len(given)], strings.Split(text, "\x00")...)} {
			l, err := newLine(self, c)
			if err != nil {
				t.Fatal(err)
			}
			_, err = l.options(args, func(string) string { return "" })
			if err != nil && strings.Contains(err.Error(), "T0P") && !shownAsValueOf(args, given) {
				t.Errorf("%q: %v", args, err)
			}
		}
	})
}

// shownAsValueOf reports whether the word before the password is a flag of something else, so that it was given as that.
func shownAsValueOf(args, given []string) bool {
	for i := range args {
		if args[i] == given[0] && i > 0 && strings.HasPrefix(args[i-1], "-") {
			return true
		}
	}
	return false
}
