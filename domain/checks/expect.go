package checks

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// mostBody is how many bytes of a body are read where something is expected of it.
const mostBody = 64 << 10

// mostRedirects is what browsers follow.
const mostRedirects = 20

// Expected is what the answer to an HTTP request must be like. The zero value wants status 200 and looks at nothing behind it.
type Expected struct {
	Status    Statuses          // none: 200
	Contains  string            // what the first 64 kB of the body must have
	Matches   string            // a regular expression that they must match, in RE2 syntax
	Without   string            // what they must not have
	JSON      string            // conditions that the body must meet, one on each line, such as status == "UP"
	Header    map[string]string // fields that must be there, and regular expressions that their value must match
	Slowest   time.Duration     // an answer that took longer is unhealthy; 0 is no such limit
	Redirects int               // so many redirects are followed
}

// rows are the settings. They are for sections: on the command lines the Python package takes the names.
func (e *Expected) rows() []domain.Setting {
	return []domain.Setting{
		row(&e.Status, statuses(), domain.Setting{
			Word: "status", Value: "STATUS,...",
			Doc: "the statuses that are healthy, such as 200-299,401 (default: 200)",
		}),
		row(&e.Contains, texts(), domain.Setting{
			Word: "contains", Value: "TEXT",
			Doc: "what must be in the body",
		}),
		row(&e.Matches, patterns(), domain.Setting{
			Word: "matches", Value: "PATTERN",
			Doc: "a regular expression (RE2 syntax) that the body must match anywhere",
		}),
		row(&e.Without, texts(), domain.Setting{
			Word: "without", Value: "TEXT",
			Doc: "what must not be in the body",
		}),
		row(&e.JSON, conditions(), domain.Setting{
			Word: "json", Value: "PATH == JSON",
			Doc: `what a value in the JSON of the body must be, such as status == "UP"; a line for each condition`,
		}),
		row(&e.Header, headers(), domain.Setting{
			Word: "expect-header", Value: "NAME: PATTERN",
			Doc: "a field that the header must have, and a regular expression that its value must match; a line for each",
		}),
		row(&e.Slowest, spans(), domain.Setting{
			Word: "slowest", Value: "DURATION",
			Doc: "the longest time that a healthy answer may take",
		}),
		row(&e.Redirects, wholes(mostRedirects), domain.Setting{
			Word: "redirects", Value: "N",
			Doc: "how many redirects are followed (default: none)",
		}),
	}
}

// wholes are numbers from 0, which says nothing.
func wholes(most int) form[int] {
	return form[int]{
		read: func(text string) (int, string) { return domain.ParseWhole(text, 0, most) },
		show: func(n int) string { return strings.TrimPrefix(strconv.Itoa(n), "0") },
	}
}

// patterns are regular expressions.
func patterns() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		if _, err := regexp.Compile(text); err != nil {
			return "", patternCure(err)
		}
		return text, ""
	}
	return f
}

func patternCure(err error) string {
	return "write a regular expression in RE2 syntax: " + strings.TrimPrefix(err.Error(), "error parsing regexp: ")
}

// expectations are what is expected, read.
type expectations struct {
	Expected
	matches    *regexp.Regexp // nil: anything
	header     []expectedField
	conditions []condition
	reader     ports.JSONReader
}

type expectedField struct {
	name    string
	pattern *regexp.Regexp
}

// read returns what is wrong with them too.
func (e Expected) read(timeout time.Duration, reader ports.JSONReader) (expectations, error) {
	all := expectations{Expected: e, reader: reader}
	if e.Matches != "" {
		pattern, err := regexp.Compile(e.Matches)
		if err != nil {
			return all, wrong("matches", e.Matches, patternCure(err))
		}
		all.matches = pattern
	}
	for _, name := range slices.Sorted(maps.Keys(e.Header)) {
		pattern, err := regexp.Compile(e.Header[name])
		if err != nil || !domain.IsToken(name) {
			return all, wrong("expect_header", name+": "+e.Header[name], "write the name of a field and a regular expression in RE2 syntax, such as Content-Type: application/json")
		}
		all.header = append(all.header, expectedField{textproto.CanonicalMIMEHeaderKey(name), pattern})
	}
	if e.JSON != "" {
		parsed, cure := parseConditions(e.JSON)
		if cure != "" {
			return all, wrong("expected_json", e.JSON, cure)
		}
		all.conditions = parsed
	}
	for _, r := range e.Status {
		if r.From < 100 || r.To > 999 || r.From > r.To {
			return all, wrong("status", e.Status.String(), "write statuses from 100 to 999")
		}
	}
	switch {
	case e.Slowest < 0 || e.Slowest >= timeout:
		return all, wrong("slowest", domain.ShortDuration(e.Slowest), "write less than the timeout, which is "+domain.ShortDuration(timeout)+"; what takes longer than that is no answer at all")
	case e.Redirects < 0 || e.Redirects > mostRedirects:
		return all, wrong("redirects", strconv.Itoa(e.Redirects), fmt.Sprintf("write a whole number from 0 to %d", mostRedirects))
	}
	return all, nil
}

// ofBody reports whether something is expected of the body.
func (e expectations) ofBody() bool {
	return e.Contains != "" || e.matches != nil || e.Without != "" || len(e.conditions) > 0
}

// want asks for all that is needed to judge.
func (e expectations) want(r *domain.HTTPRequest) {
	if e.ofBody() {
		r.Most = mostBody
		r.Fields = append(r.Fields, contentEncoding)
	}
	for _, field := range e.header {
		r.Fields = append(r.Fields, field.name)
	}
	if e.Redirects > 0 {
		r.Fields = append(r.Fields, "Location")
	}
}

const contentEncoding = "Content-Encoding"

// judge is what is wrong with an answer.
func (e expectations) judge(a domain.HTTPAnswer, hide ...domain.Secrets) error {
	if !e.Status.Has(a.Status) {
		return bad(a, fmt.Sprintf("status %d, %s%s", a.Status, e.Status.healthy(), leads(a, hide)))
	}
	but := cmp.Or(e.unmetByHeader(a, hide), e.unmetByBody(a, hide))
	if but != "" && a.Torn != nil {
		but += " (" + a.Torn.Error() + ")"
	}
	if but == "" && e.Slowest > 0 && a.Took > e.Slowest {
		but = fmt.Sprintf("it took %s, and %s is the slowest that is healthy", a.Took.Round(time.Millisecond), domain.ShortDuration(e.Slowest))
	}
	if but != "" {
		return bad(a, fmt.Sprintf("status %d, but %s", a.Status, but))
	}
	return nil
}

func bad(a domain.HTTPAnswer, why string) error {
	return &domain.BadAnswer{Err: errors.New(why), Beginning: cmp.Or(a.Beginning, a.Body[:min(len(a.Body), 1<<10)])}
}

// leads says where a redirect would lead, without its query.
func leads(a domain.HTTPAnswer, hide []domain.Secrets) string {
	if a.Location == "" {
		return ""
	}
	return "; it leads to " + cut(printable(domain.WithoutSecrets(a.Location)), hide)
}

func (e expectations) unmetByHeader(a domain.HTTPAnswer, hide []domain.Secrets) string {
	for _, expected := range e.header {
		value, found := a.Field(expected.name)
		switch {
		case !found:
			return "the header has no " + expected.name
		case !expected.pattern.MatchString(value):
			return fmt.Sprintf("%s is %s, expected %s", expected.name, quoted(value, hide...), expected.pattern)
		}
	}
	return ""
}

func (e expectations) unmetByBody(a domain.HTTPAnswer, hide []domain.Secrets) string {
	if !e.ofBody() {
		return ""
	}
	why := ""
	switch {
	case e.Contains != "" && !strings.Contains(a.Body, e.Contains):
		why = "the body has no " + quoted(e.Contains) + begins(a.Body, hide)
	case e.matches != nil && !e.matches.MatchString(a.Body):
		why = "the body does not match " + quoted(e.Matches) + begins(a.Body, hide)
	case e.Without != "" && strings.Contains(a.Body, e.Without):
		return "the body has " + quoted(e.Without)
	case len(e.conditions) > 0:
		why = e.unmetByJSON(a.Body, hide)
	}
	if coding, _ := a.Field(contentEncoding); why != "" && coding != "" && !strings.EqualFold(coding, "identity") {
		why += ", and is compressed, which was not asked for"
	}
	return why
}

func (e expectations) unmetByJSON(body string, hide []domain.Secrets) string {
	if !json.Valid([]byte(body)) {
		return "the body is no JSON" + begins(body, hide)
	}
	for _, c := range e.conditions {
		if why := c.unmet(body, e.reader, hide...); why != "" {
			return why
		}
	}
	return ""
}

func begins(body string, hide []domain.Secrets) string {
	if body == "" {
		return ", it is empty"
	}
	return ", it begins with " + quoted(body, hide...)
}
