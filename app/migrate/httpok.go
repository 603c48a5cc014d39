package migrate

import (
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// httpok makes a section of a command line of Superlance's httpok.
func (m *migration) httpok(made Made) (Made, string) {
	all, rest, err := getopt(made.words[1:], httpokOptions())
	if err != nil {
		return made, err.Error()
	}
	if len(rest) != 1 {
		return made, "it does not name one URL behind its flags"
	}
	h := httpok{given: all, made: &made, kind: httpKind()}
	h.bound = h.kind.New()
	if why := h.read(m, rest[0]); why != "" {
		return made, why
	}
	made.ticks(&h.policy)
	if why := m.superlance(&made, made.program.Name, h.selection, h.kind.Settings(h.bound), h.policy); why != "" {
		return made, why
	}
	h.notes()
	made.lacks(all)
	made.policyNotes(h.policy)
	made.leftovers()
	return made, ""
}

// httpok is what one command line says.
type httpok struct {
	given     []flag
	made      *Made
	kind      checks.Kind
	bound     checks.Bound
	selection domain.Selection
	policy    domain.Policy
	grouped   bool // a process is named with its group
}

func httpKind() checks.Kind {
	kind, _, _ := checks.Of(checks.HTTP{})
	return kind
}

// read takes the URL and the flags. It returns why they cannot be kept.
func (h *httpok) read(m *migration, url string) string {
	h.policy = domain.DropIn()
	url, _, _ = strings.Cut(url, "#") // httpok asks without it
	if why := h.set("url", url); why != "" {
		return why
	}
	if strings.HasPrefix(url, "https:") {
		h.set("verify", "false")
	}
	h.set("timeout", "10")
	h.set("retries", "0")
	var codes []string
	for _, f := range h.given {
		why := ""
		switch f.long {
		case "help":
			why = "it only shows its help"
		case "program":
			h.grouped = h.grouped || strings.Contains(f.text, ":")
			h.selection = h.selection.And(m.named(f.text))
		case "any":
			h.selection = everything()
		case "timeout":
			why = h.number("timeout", f.text)
		case "delay":
			if _, err := strconv.Atoi(f.text); err != nil || h.policy.Set("start-grace", f.text) != nil {
				why = f.label() + ": write a number of seconds"
			}
		case "code":
			codes = append(codes, f.text)
		case "body":
			h.body(f)
		}
		if why != "" {
			return why
		}
	}
	if all, _, _ := h.selection.Parts(); all {
		h.selection = everything() // -a takes the place of all -p
	}
	if h.selection.Empty() {
		return "it restarts nothing, because it has neither -p nor -a"
	}
	return h.status(codes)
}

// number sets a whole number of seconds.
func (h *httpok) number(word, text string) string {
	if _, err := strconv.Atoi(text); err != nil {
		return "--" + word + ": write a whole number of seconds"
	}
	return h.set(word, text)
}

// set sets a setting of the check, and returns what is wrong with the value.
func (h *httpok) set(word, text string) string {
	for _, row := range h.bound.Table() {
		if row.Word == word {
			if err := row.Set(text); err != nil {
				return err.Error()
			}
			return ""
		}
	}
	return "there is no counterpart"
}

// status are the codes that are healthy. A check that wants others than the service gives would restart it for ever.
func (h *httpok) status(codes []string) string {
	if len(codes) == 0 || len(codes) == 1 && codes[0] == "200" {
		return ""
	}
	if why := h.set("status", strings.Join(codes, ",")); why != "" {
		return "-c/--code " + strings.Join(codes, ", ") + ": " + why
	}
	return ""
}

// body is a text that the answer must have.
func (h *httpok) body(f flag) {
	h.made.note("this check never worked under Python 3: httpok ends with an error where it has %s", f.label())
	if why := h.set("contains", f.text); why != "" {
		h.made.note("%s: no counterpart; what stands in the body is not looked at", f.label())
	}
}

// notes say what httpok does otherwise.
func (h *httpok) notes() {
	for _, f := range h.given {
		switch {
		case f.long == "timeout" && len(f.text) == 1:
			h.made.note("this check never worked: before Superlance 2.0, httpok asks nothing and restarts at every tick where its timeout is below 10 seconds")
		case f.long == "not-eager" && h.grouped:
			h.made.note("this check never worked: with -E, httpok does not find processes that are named with their group, and asks nothing")
		case f.long == "any":
			h.made.note("-a: event listeners are left alone, httpok restarts them too")
		case f.long == "delay":
			h.made.note("-w/--delay is start_grace: it also ends as soon as the process is healthy")
		}
	}
	if strings.HasPrefix(h.made.words[len(h.made.words)-1], "https:") {
		h.made.note("this check never worked: since Python 3.12 httpok cannot speak https and restarts at every tick; verify = false keeps that no certificate is looked at")
	}
}
