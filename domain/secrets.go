package domain

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Hidden stands in a text where a secret was, or might be.
const Hidden = "***"

// Secrets are texts that no message may contain, whatever is made of them by who echoes them: servers and libraries fold
// blanks, break lines, escape, and change capitals. The zero value hides nothing. It shows nothing of itself under any verb of fmt.
type Secrets struct{ of func() *written } // a function, because fmt shows none of what is in one, under any verb and in whatever it stands

// written is what is looked for.
type written struct {
	forms   []string // as they are looked for, see form; the longest first
	bare    []string // those of which nothing is left in that form, as they are
	longest int      // of them all, in runes
}

// NewSecrets returns what hides these texts. Empty ones are left out, as are those of blanks alone.
func NewSecrets(texts ...string) Secrets {
	s := &written{}
	for _, text := range texts {
		for _, written := range []string{text, url.QueryEscape(text), inside(strconv.Quote(text)), inside(strconv.QuoteToASCII(text)), inJSON(text),
			strings.Map(ascii, text), latin1(text), strings.Map(ascii, latin1(text))} {
			s.add(form(written))
		}
		for _, encoding := range encodings() {
			s.add(string(decoded([]rune(text), encoding).text)) // it is decoded like the rest where it looks encoded itself
		}
		if bare := folded(text, len(text)); form(text) == "" && bare != "" {
			s.bare = append(s.bare, bare)
			s.longest = max(s.longest, len(text))
		}
	}
	slices.SortFunc(s.forms, func(a, b string) int { return cmp.Or(len(b)-len(a), cmp.Compare(a, b)) })
	return Secrets{func() *written { return s }}
}

func (s *written) add(form string) {
	if form != "" && !slices.Contains(s.forms, form) {
		s.forms = append(s.forms, form)
		s.longest = max(s.longest, len([]rune(form)))
	}
}

// inJSON is a text as encoding/json writes it, with the signs of HTML escaped.
func inJSON(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		return text
	}
	return inside(string(quoted))
}

func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// ascii is what many a program makes of a character that it cannot write.
func ascii(r rune) rune {
	if r > unicode.MaxASCII {
		return '?'
	}
	return r
}

// latin1 is a text whose bytes were taken for characters.
func latin1(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// credentialSecrets are the password, also as it travels, and the query of the target, where tokens stand. A query of a few
// characters is none, and hiding it would spoil the text around.
func credentialSecrets(username, password, target string) []string {
	var all []string
	if password != "" {
		together := []byte(username + ":" + password)
		all = append(all, password, base64.StdEncoding.EncodeToString(together), base64.RawURLEncoding.EncodeToString(together),
			base64.StdEncoding.EncodeToString([]byte(password)))
	}
	if _, query, _ := strings.Cut(target, "?"); len(query) >= 8 {
		all = append(all, query)
		for pair := range strings.SplitSeq(query, "&") {
			if _, value, _ := strings.Cut(pair, "="); len(value) >= 8 {
				all = append(all, value)
			}
		}
	}
	return all
}

// Format implements fmt.Formatter.
func (all Secrets) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(Hidden)) }

// Line is the text as one line of at most so many characters without the secrets. They are hidden before the text is cut, and so
// is the beginning of one at its very end, where somebody else has cut it.
func (all Secrets) Line(text string, most int) string {
	s := &written{}
	if all.of != nil {
		s = all.of()
	}
	line := []rune(folded(text, most+2*s.longest+2))
	secret := make([]bool, len(line))
	if len(s.forms) > 0 {
		for _, view := range views(line) {
			s.mark(view, secret)
		}
	}
	for _, text := range s.bare {
		eachIn(string(line), text, func(from, to int) { fill(secret[from:to]) })
	}
	var out []rune
	for i, r := range line {
		switch {
		case !secret[i]:
			out = append(out, r)
		case i == 0 || !secret[i-1]:
			out = append(out, []rune(Hidden)...)
		}
	}
	if len(out) > most {
		return string(out[:max(0, most-3)]) + "..."
	}
	return string(out)
}

// mark marks the characters of the line that belong to a secret.
func (s *written) mark(v view, secret []bool) {
	text := string(v.text)
	for _, form := range s.forms {
		eachIn(text, form, func(from, to int) { fill(secret[v.at[from].from:v.at[to-1].to]) })
		if from, to := tail(v.text, []rune(form)); to > from {
			fill(secret[v.at[from].from:v.at[to-1].to])
		}
	}
}

func fill(marks []bool) {
	for i := range marks {
		marks[i] = true
	}
}

// eachIn finds the places of a part in a text, in runes.
func eachIn(text, part string, found func(from, to int)) {
	length := utf8.RuneCountInString(part)
	for from := 0; ; {
		before, after, ok := strings.Cut(text, part)
		if !ok {
			return
		}
		from += utf8.RuneCountInString(before)
		found(from, from+length)
		from += length
		text = after
	}
}

// tail finds the beginning of a secret at the end of a text, of four characters or more.
func tail(text, secret []rune) (from, to int) {
	const least = 4
	end := len(text)
	for {
		for n := min(len(secret)-1, end); n >= least; n-- {
			if slices.Equal(text[end-n:end], secret[:n]) {
				return end - n, end
			}
		}
		if end == 0 || !strings.ContainsRune(".…\"'`)]}>", text[end-1]) {
			return 0, 0
		}
		end--
	}
}

// view is a line as somebody else would read it, without blanks, without backslashes and in small letters.
type view struct {
	text []rune
	at   []span // where each rune of the text stands in the line
}

type span struct{ from, to int }

func (v *view) add(r rune, at span) {
	switch {
	case blank(r):
		return
	case r == unicode.ReplacementChar:
		r = '?'
	}
	v.text = append(v.text, unicode.ToLower(r))
	v.at = append(v.at, at)
}

// views are the line as it is, without percent-encoding, and without the entities of HTML.
func views(line []rune) []view {
	plain := view{text: make([]rune, 0, len(line)), at: make([]span, 0, len(line))}
	for i, r := range line {
		plain.add(r, span{i, i + 1})
	}
	all := []view{plain}
	for _, encoding := range encodings() {
		if slices.Contains(line, encoding.mark) {
			all = append(all, decoded(line, encoding))
		}
	}
	return all
}

// encoding is a way to write characters by others that follow a mark. Read makes of a text that begins with the mark what is meant,
// and says how many runes that was; 0 for none.
type encoding struct {
	mark rune
	read func([]rune) (string, int)
}

func encodings() []encoding { return []encoding{{'%', percent}, {'&', entity}} }

// decoded is a line with all in it that is encoded in one way.
func decoded(line []rune, by encoding) view {
	var v view
	for i := 0; i < len(line); {
		text, n := string(line[i]), 1
		if line[i] == by.mark {
			if instead, used := by.read(line[i:]); used > 0 {
				text, n = instead, used
			}
		}
		for _, r := range text {
			v.add(r, span{i, i + n})
		}
		i += n
	}
	return v
}

// percent reads as many percent-encoded bytes as follow each other, because several may be one character.
func percent(line []rune) (string, int) {
	var bytes []byte
	n := 0
	for n+2 < len(line) && line[n] == '%' {
		b, err := strconv.ParseUint(string(line[n+1:n+3]), 16, 8)
		if err != nil {
			break
		}
		bytes = append(bytes, byte(b))
		n += 3
	}
	return string(bytes), n
}

// entity reads one entity such as &amp; or &#38;.
func entity(line []rune) (string, int) {
	const longest = 12
	end := slices.Index(line[:min(longest, len(line))], ';')
	if end < 0 {
		return "", 0
	}
	written := string(line[:end+1])
	if text := html.UnescapeString(written); text != written {
		return text, end + 1
	}
	return "", 0
}

// form is a secret as it is looked for.
func form(text string) string {
	var v view
	for _, r := range text {
		v.add(r, span{})
	}
	return string(v.text)
}

// folded is the text in valid UTF-8 with one blank for any number of them, up to so many characters. Only so much is looked at
// as is needed.
func folded(text string, most int) string {
	var b strings.Builder
	n, gap := 0, false
	for _, r := range text {
		if unicode.IsSpace(r) || unicode.IsControl(r) {
			gap = n > 0
			continue
		}
		if n >= most {
			break
		}
		if gap {
			b.WriteByte(' ')
			gap = false
			n++
		}
		if r == unicode.ReplacementChar {
			r = '?'
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// blank reports whether a rune is left out of the comparison: it shows nothing, or next to nothing, or was put before a quotation mark.
func blank(r rune) bool {
	return r == '\\' || unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r)
}
