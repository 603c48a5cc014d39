package checks

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/ports"
)

// condition is what a value in a JSON document must be like, such as status == "UP".
type condition struct {
	path string // where the value is
	sign string // how it is compared; empty: it must be there
	want any    // with what
	text string // that, as it was written
}

const noCondition = `write a path and what its value must be, such as status == "UP", with ==, !=, <, <=, > or >= and a JSON value, or a path alone for what must be there`

// parseConditions reads a condition on each line.
func parseConditions(text string) (all []condition, cure string) {
	for line := range strings.SplitSeq(text, "\n") {
		c, cure := parseCondition(strings.TrimSpace(line))
		if cure != "" {
			return nil, cure
		}
		all = append(all, c)
	}
	return all, ""
}

func parseCondition(text string) (condition, string) {
	at, sign := comparison(text)
	c := condition{path: strings.TrimSpace(text[:at]), sign: sign, text: strings.TrimSpace(text[at+len(sign):])}
	if c.path == "" {
		return c, noCondition
	}
	if sign == "" {
		return c, ""
	}
	if json.Unmarshal([]byte(c.text), &c.want) != nil {
		return c, `write a JSON value behind ` + sign + `, such as "UP" in double quotes, 5 or true`
	}
	if _, number := c.want.(float64); !number && sign != "==" && sign != "!=" {
		return c, "write a number behind " + sign
	}
	return c, ""
}

// comparison finds the sign that stands in no parentheses and no quotes: paths have such of their own.
func comparison(text string) (at int, sign string) {
	depth, quote := 0, false
	for i := 0; i < len(text); i++ {
		switch char := text[i]; {
		case char == '\\':
			i++
		case char == '"':
			quote = !quote
		case quote:
		case strings.IndexByte("([{", char) >= 0:
			depth++
		case strings.IndexByte(")]}", char) >= 0:
			depth--
		case depth > 0:
		default:
			for _, sign := range []string{"==", "!=", "<=", ">=", "<", ">"} {
				if strings.HasPrefix(text[i:], sign) {
					return i, sign
				}
			}
		}
	}
	return len(text), ""
}

// conditions are texts of them.
func conditions() form[string] {
	f := texts()
	f.read = func(text string) (string, string) {
		_, cure := parseConditions(text)
		return text, cure
	}
	return f
}

// unmet is what is wrong with a valid document, empty if nothing is. What is not there is unequal to everything.
func (c condition) unmet(document string, reader ports.JSONReader, hide ...domain.Secrets) string {
	raw, found := reader.Find(document, c.path)
	switch {
	case !found && c.sign == "!=", found && c.sign == "":
		return ""
	case !found:
		return c.path + " is not there" + c.expected()
	}
	var value any
	if err := json.Unmarshal([]byte(raw), &value); err == nil && c.holds(value) {
		return ""
	}
	return c.path + " is " + quotedJSON(raw, hide) + c.expected()
}

func (c condition) expected() string {
	if c.sign == "" {
		return ""
	}
	return fmt.Sprintf(", expected %s %s", c.sign, c.text)
}

func (c condition) holds(value any) bool {
	switch c.sign {
	case "==":
		return reflect.DeepEqual(value, c.want)
	case "!=":
		return !reflect.DeepEqual(value, c.want)
	}
	is, number := value.(float64)
	than := c.want.(float64) // see parseCondition
	switch c.sign {
	case "<":
		return number && is < than
	case "<=":
		return number && is <= than
	case ">":
		return number && is > than
	}
	return number && is >= than
}

// quotedJSON is a value as it is written, without the secrets and not too long.
func quotedJSON(raw string, hide []domain.Secrets) string {
	return cut(printable(strings.Join(strings.Fields(raw), " ")), hide)
}
