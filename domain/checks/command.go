package checks

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/domain"
)

// surroundings are the rows of what a command finds.
func surroundings(environment *map[string]string, user, directory *string) []domain.Setting {
	return []domain.Setting{
		row(environment, variables(), domain.Setting{
			Word: "environment", Value: `A=1,B="x y"`, Secret: true,
			Doc: "environment variables besides those of the listener",
		}),
		row(user, texts(), domain.Setting{
			Word: "user", Value: "USER",
			Doc: "whose rights the command has, by name or number (default: those of the listener)",
		}),
		row(directory, texts(), domain.Setting{
			Word: "directory", Value: "DIR",
			Doc: "where the command runs (default: where the listener does)",
		}),
	}
}

// commandArgs are the program of a command line and its arguments.
func commandArgs(text string, shell bool) ([]string, error) {
	if strings.ContainsRune(text, 0) {
		return nil, wrong("command", hidden, "write it without a NUL character")
	}
	if shell && strings.TrimSpace(text) != "" {
		return []string{"/bin/sh", "-c", text}, nil
	}
	args, cure := domain.SplitCommand(text)
	switch {
	case cure != "":
		return nil, wrong("command", domain.WithoutSecrets(text), cure)
	case args[0] == "":
		return nil, wrong("command", domain.WithoutSecrets(text), "write the program and its arguments")
	}
	return args, nil
}

// checkCommand returns what is wrong with the surroundings of a command.
func checkCommand(c domain.Command) error {
	switch {
	case c.Timeout < 0:
		return wrong("timeout", c.Timeout.String(), "write how long the command may take, such as 10 seconds")
	case c.Directory != "" && (c.Directory[0] != '/' || strings.ContainsRune(c.Directory, 0)):
		return wrong("directory", c.Directory, "write the whole path of the directory, beginning with a slash")
	}
	return nil
}

func pairsOf(environment map[string]string) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		all = append(all, name+"="+environment[name])
	}
	return all
}

// commandSecrets are the values of the environment that a command may repeat. Short ones are no secrets, and hiding them would spoil
// the text around.
func commandSecrets(environment map[string]string) domain.Secrets {
	const least = 8
	var all []string
	for _, value := range environment {
		if len(value) >= least {
			all = append(all, value)
		}
	}
	return domain.NewSecrets(all...)
}

// variablesOf are what a command is told of the process, in the names under which supervisord tells the process itself.
func variablesOf(p domain.Process) []string {
	return []string{"SUPERVISOR_PROCESS_NAME=" + p.Name, "SUPERVISOR_GROUP_NAME=" + p.Group, "SUPERVISOR_PROCESS_PID=" + strconv.Itoa(p.PID)}
}
