package main

import (
	"strings"

	"supervisor-healthcheck/domain"
)

// policyIntro is what the help says of all settings of the policy.
func policyIntro(table []domain.Setting) string {
	rule := func(row domain.Setting) string { return variableOf(row.Flag.Long) }
	text := "When an unhealthy process is restarted. The defaults are those of the Python commands, at once and always; --policy recommended has others. " +
		"An environment variable can set each of them too: " + rule(table[0]) + " for --" + table[0].Flag.Long + ", and so on"
	for _, row := range table {
		if row.Flag.Variable != rule(row) {
			text += "; for --" + row.Flag.Long + " it is " + row.Flag.Variable
		}
	}
	return text + "."
}

// variableOf is the environment variable of a flag of ours, as nearly all of them have it.
func variableOf(long string) string {
	return "SUPERVISOR_HEALTHCHECK_" + strings.ToUpper(strings.ReplaceAll(long, "-", "_"))
}

// serverIntro is what the help says of how supervisord is asked.
func serverIntro(table []domain.Setting) string {
	return "Where supervisord is and what it allows us. It tells its listeners the address; the name and the password, if it wants any, " +
		"come from SUPERVISOR_USERNAME and SUPERVISOR_PASSWORD, which environment= sets, or from here. The variables of the last three are " +
		joined(variables(table[len(table)-3:]), " and ") + "."
}

func viewIntro(table []domain.Setting) string {
	return "Who may see what the listener knows, by status and other commands. Environment variables: " + joined(variables(table), ", ") + "."
}

func logIntro(table []domain.Setting) string {
	return "The log goes to stderr. Environment variables: " + joined(variables(table), ", ") + "."
}

func variables(table []domain.Setting) []string {
	var all []string
	for _, row := range table {
		if row.Flag.Variable != "" {
			all = append(all, row.Flag.Variable)
		}
	}
	return all
}

// joined is a list; what stands before the last of several may be a word.
func joined(all []string, last string) string {
	end := len(all) - 1
	if end == 0 {
		return all[0]
	}
	return strings.Join(all[:end], ", ") + last + all[end]
}
