package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/app/reference"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// topicTexts are what help says, by the names of the topics that are no files.
func topicTexts(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, topic := range reference.Topics(source()) {
		if topic.File != "" {
			continue
		}
		got := call(t, nil, "x", "help", topic.Name)
		if got.Status != exitOK || got.Stderr != "" || len(got.Ran) > 0 || strings.Contains(got.Stdout, "::") {
			t.Fatalf("%s: %+v", topic.Name, got)
		}
		all[topic.Name] = got.Stdout
	}
	return all
}

func TestHelpWithoutATopicListsThem(t *testing.T) {
	list := call(t, nil, "x", "help")
	checkWidth(t, list.Stdout)
	for _, topic := range reference.Topics(source()) {
		if !strings.Contains(list.Stdout, "\n  "+topic.Name+" ") {
			t.Errorf("%s is not in the list:\n%s", topic.Name, list.Stdout)
		}
	}
	if d := diff(list, call(t, nil, "x", "help", "-h")); d != "" {
		t.Error(d)
	}
}

// What is a file comes out as it is, so that it can be written to one.
func TestHelpPrintsFilesAsTheyAre(t *testing.T) {
	for name, kind := range map[string]func(text string) bool{
		"alerts":    func(text string) bool { return strings.Contains(text, "\ngroups:\n- name: supervisor-healthcheck\n") },
		"dashboard": func(text string) bool { return json.Valid([]byte(text)) },
	} {
		topic, _ := reference.Find(reference.Topics(source()), name)
		got := call(t, nil, "x", "help", name)
		if got.Stdout != topic.File || got.Stderr != "" || got.Status != exitOK || !kind(got.Stdout) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestNoLineOfATopicIsWiderThanATerminal(t *testing.T) {
	for name, text := range topicTexts(t) {
		t.Run(name, func(t *testing.T) { checkWidth(t, text) })
	}
}

func TestATopicHasTheNamesOfItsCheck(t *testing.T) {
	texts := topicTexts(t)
	for _, kind := range checks.Kinds() {
		for _, name := range []string{topicOf(kind), kind.Name} {
			if got := call(t, nil, "x", "help", name); got.Stdout != texts[topicOf(kind)] || got.Stdout == "" {
				t.Errorf("%s: %+v", name, got)
			}
		}
	}
}

// topicOf is the word of a check, but for that of logs: the topic of this name is our own log.
func topicOf(kind checks.Kind) string {
	if kind.Word == "log" {
		return kind.Name
	}
	return kind.Word
}

func TestHelpRefusesWhatIsNoTopic(t *testing.T) {
	for args, want := range map[string]string{
		"polcy":      `unknown topic "polcy": did you mean policy?`,
		"hartbeat":   `unknown topic "hartbeat": did you mean heartbeat?`,
		"try":        `"try" is a command and no topic: write supervisor-healthcheck try -h`,
		"http tcp":   "2 topics: write one, as in supervisor-healthcheck help config",
		"--colours":  "unknown flag `colours'",
		"xylophones": `unknown topic "xylophones": the topics are config, http, `,
	} {
		got := call(t, nil, append([]string{"x", "help"}, strings.Fields(args)...)...)
		if got.Status != exitUsage || got.Stdout != "" || !strings.Contains(got.Stderr, "supervisor-healthcheck help: "+want) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// told is a setting, and where help tells of it.
type told struct {
	topic, term string
	row         domain.Setting
}

// toldSettings are all settings that there are.
func toldSettings() []told {
	var all []told
	add := func(topic, prefix string, table []domain.Setting) {
		for _, row := range table {
			term := prefix + row.Word
			if row.Main {
				term = strings.TrimSuffix(prefix, ".")
			}
			all = append(all, told{topic, strings.ReplaceAll(term, "-", "_") + " = " + row.Value, row})
		}
	}
	for _, kind := range checks.Kinds() {
		add(topicOf(kind), kind.Word+".", kind.New().Table())
	}
	policy, options := domain.Recommended(), app.Options{}
	add("policy", "", append([]domain.Setting{policy.Basis()}, policy.Table()...))
	add("listener", "", slices.Concat(options.SupervisorTable(), options.ViewTable(), options.SectionsTable()))
	add("log", "", options.LogTable())
	for topic, table := range map[string][]domain.Setting{"commands": new(target).Table(), "complex": new(several).Table()} {
		for _, row := range table {
			all = append(all, told{topic, fmt.Sprintf("-%c, --%s %s", row.Flag.Short, row.Flag.Long, row.Value), row})
		}
	}
	return all
}

// entryOf is what stands below a term, in one line; empty if the term is not there.
func entryOf(text, term string) string {
	_, rest, found := strings.Cut(text, "\n  "+term+"\n")
	if !found {
		return ""
	}
	var lines []string
	for line := range strings.SplitSeq(rest, "\n") {
		if !strings.HasPrefix(line, "      ") {
			break
		}
		lines = append(lines, line)
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

func TestEverySettingStandsInExactlyItsTopicWithAllItsFacts(t *testing.T) {
	texts := topicTexts(t)
	for _, s := range toldSettings() {
		for name, text := range texts {
			if found := entryOf(text, s.term) != ""; found != (name == s.topic) {
				t.Errorf("%q in the topic %s: %t", s.term, name, found)
			}
		}
		entry, flag := entryOf(texts[s.topic], s.term), s.row.Flag
		facts := []string{cmp.Or(s.row.Doc, flag.Doc), flag.Variable, flag.Doc, s.row.Default, flag.Default}
		for _, word := range s.row.Also {
			facts = append(facts, strings.ReplaceAll(word, "-", "_"))
		}
		if s.row.JSON != "" {
			facts = append(facts, "JSON key "+s.row.JSON)
		}
		if flag.Long != "" && !strings.HasPrefix(s.term, "-") {
			facts = append(facts, "--"+flag.Long, strings.TrimSpace(flag.Value))
		}
		if s.row.Secret {
			facts = append(facts, "secret")
		}
		for _, fact := range facts {
			if !strings.Contains(entry, fact) && !(s.topic == "policy" && fact == s.row.Default) {
				t.Errorf("%s: %q does not say %q", s.term, entry, fact)
			}
		}
	}
}

// What help says of the defaults makes the two policies that there are.
func TestTheDefaultsOfThePolicyAreToldRight(t *testing.T) {
	text := topicTexts(t)["policy"]
	var recommended, dropIn domain.Policy
	for _, row := range new(domain.Policy).Table() {
		_, values, _ := strings.Cut(entryOf(text, strings.ReplaceAll(row.Word, "-", "_")+" = "+row.Value), "default ")
		values, _, _ = strings.Cut(values, ";")
		first, other, two := strings.Cut(strings.TrimSuffix(values, ")"), " (drop-in: ")
		if !two {
			other = first
		}
		for p, value := range map[*domain.Policy]string{&recommended: first, &dropIn: other} {
			if err := p.Set(row.Word, value); err != nil {
				t.Error(err)
			}
		}
	}
	if d := diff([]domain.Policy{domain.Recommended(), domain.DropIn()}, []domain.Policy{recommended, dropIn}); d != "" {
		t.Error(d)
	}
}

func TestHelpKnowsEveryCommand(t *testing.T) {
	text := strings.Join(strings.Fields(topicTexts(t)["commands"]), " ")
	for _, c := range slices.Concat(commands(), others()) {
		if !strings.Contains(text, c.name+" "+c.summary) || c.exits == "" || !strings.Contains(text, c.exits) {
			t.Errorf("%s: not told, or not with which status it exits", c.name)
		}
	}
}

// examples are the pieces of configuration in a text, which are indented.
func examples(text string) []string {
	var all []string
	section := ""
	for line := range strings.SplitSeq(text+"\n", "\n") {
		indented, is := strings.CutPrefix(line, "    ")
		switch {
		case is && (section != "" || strings.HasPrefix(indented, "[")):
			section += indented + "\n"
		case line == "" && section != "":
			section += "\n"
		default:
			if section != "" {
				all = append(all, section)
			}
			section = ""
		}
	}
	return all
}

// Each example is read without an error and without a warning. Those about listeners alone are read beside a section.
func TestTheExamplesOfTheTopicsAreRead(t *testing.T) {
	texts := topicTexts(t)
	for name, text := range texts {
		for _, example := range examples(text) {
			whole := "[unix_http_server]\nfile = /run/supervisor.sock\n\n" + example
			if !strings.Contains(example, "[healthcheck:") {
				whole += "[program:none]\ncommand = /bin/none\n\n[healthcheck:none]\nmemory = 1MB\n"
			}
			c, err := config.Load(sections(t, whole), func(string) (string, bool) { return "", false })
			if err != nil || c.Err() != nil || len(c.Unmatched) > 0 {
				t.Errorf("%s: %v, %v, %v in:\n%s", name, err, c.Err(), c.Unmatched, example)
			}
		}
	}
	for _, kind := range checks.Kinds() {
		all := strings.Join(examples(texts[topicOf(kind)]), "")
		if kind.Notes() != "" && (!strings.Contains(all, "[healthcheck:") || !strings.Contains(all, "\n"+kind.Word+" = ")) {
			t.Errorf("%s has no section as an example", kind.Word)
		}
	}
	if n := len(examples(texts["config"])) + len(examples(texts["listener"])) + len(examples(texts["xmlrpc"])); n < 5 {
		t.Errorf("only %d examples are found", n)
	}
}

// A report names the causes for which restarts are held, and its topic says what each means.
func TestEachCauseOfAReportIsExplained(t *testing.T) {
	text := topicTexts(t)["report"]
	for c := domain.CauseGrace; c <= domain.CausePort; c++ {
		if !strings.Contains(text, "\n  "+c.String()+" ") {
			t.Errorf("%s is not explained", c)
		}
	}
}
