package main

import (
	"encoding/json"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// checkTable is the settings of the checks of one command.
type checkTable interface {
	Table() []domain.Setting
	settings() []checks.Settings
}

// single is a command of one check.
type single struct {
	checks.Bound
	kind checks.Kind
}

func (s single) settings() []checks.Settings { return []checks.Settings{s.kind.Settings(s.Bound)} }

// checkConfigVariable keeps the settings of the checks off the command line, where everybody can read them.
const checkConfigVariable = "SUPERVISOR_HEALTHCHECK_CHECK_CONFIG"

// several is the command of any number of checks.
type several struct{ all []checks.Settings }

func (s *several) settings() []checks.Settings { return s.all }

// Table is the JSON.
func (s *several) Table() []domain.Setting {
	text := ""
	read := func(written string) (string, string) {
		all, err := checks.ParseComplex(written)
		switch {
		case err != nil && !json.Valid([]byte(written)):
			return "", err.Error() + "; put the whole in single quotes, as supervisord takes bare double quotes away"
		case err != nil:
			return "", err.Error()
		}
		s.all = all
		return written, ""
	}
	return []domain.Setting{domain.Bind(&text, read, func(text string) string { return text }, domain.Setting{
		Word: "check-config", Value: "JSON", Secret: true,
		Flag: domain.Flag{Long: "check-config", Short: 'c', Variable: checkConfigVariable, Need: "give the settings of the checks as a JSON object"},
		Doc:  `the checks and their settings, as a JSON object such as {"memory":{"max_rss":102400}}`,
	})}
}
