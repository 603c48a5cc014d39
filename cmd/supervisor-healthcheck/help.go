package main

import (
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"

	"supervisor-healthcheck/app/reference"
)

// help tells about a topic, or which topics there are.
func (p program) help(args []string) int {
	const name = self + " " + helpCommand
	rest, err := flags.NewNamedParser(name, flags.HelpFlag|flags.PassDoubleDash).ParseArgs(args)
	topics := reference.Topics(source())
	switch {
	case flags.WroteHelp(err) || err == nil && len(rest) == 0:
		fmt.Fprint(p.stdout, reference.Layout(contents(topics), p.screen()))
		return exitOK
	case err != nil:
		return p.refuse(name, err.Error())
	case len(rest) > 1:
		return p.refuse(name, fmt.Sprintf("%d topics: write one, as in %s %s", len(rest), name, topics[0].Name))
	}
	topic, ok := reference.Find(topics, rest[0])
	if !ok {
		return p.refuse(name, unknownTopic(rest[0], topics))
	}
	if topic.File != "" {
		fmt.Fprint(p.stdout, topic.File)
		return exitOK
	}
	text, err := topic.Text()
	if err != nil {
		p.refuse(name, err.Error())
		return exitTrouble
	}
	fmt.Fprint(p.stdout, reference.Layout(text, p.screen()))
	return exitOK
}

// unknownTopic says which may be meant. A command that is no topic has a help text of its own.
func unknownTopic(word string, topics []reference.Topic) string {
	names := reference.Names(topics)
	if _, ok := findCommand(word); ok || other(word).name != "" {
		return fmt.Sprintf("%q is a command and no topic: write %s %s -h", word, self, word)
	}
	if meant := nearest(word, names); meant != "" {
		return fmt.Sprintf("unknown topic %q: did you mean %s?", word, meant)
	}
	return fmt.Sprintf("unknown topic %q: the topics are %s", word, strings.Join(names, ", "))
}

// contents lists the topics.
func contents(topics []reference.Topic) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s %s TOPIC\n\n%s\n\n# Topics\n\n", self, helpCommand, summary(helpCommand))
	for _, t := range topics {
		also := ""
		if len(t.Also) > 0 {
			also = " (also " + strings.Join(t.Also, ", ") + ")"
		}
		fmt.Fprintf(&b, "%s :: %s%s\n", t.Name, t.Summary, also)
	}
	fmt.Fprintf(&b, "\n%s COMMAND -h shows the flags of a command.\n", self)
	return b.String()
}

// source is what the reference cannot know of the command line itself.
func source() reference.Source {
	s := reference.Source{Target: new(target).Table(), Complex: new(several).Table()}
	for _, c := range commands() {
		s.Commands = append(s.Commands, reference.Command{Name: c.name, Summary: c.summary, Exits: c.exits, Listener: true})
	}
	for _, c := range others() {
		s.Commands = append(s.Commands, reference.Command{Name: c.name, Summary: c.summary, Exits: c.exits, Listener: c.exits == listenerExits})
	}
	return s
}
