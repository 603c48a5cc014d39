package app

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"sync"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// Settings are the watches as they are looked after now, for who looks at what they mean. No secret is shown.
type Settings struct {
	mu  sync.Mutex
	now []Watch
}

// NewSettings begins with these watches.
func NewSettings(watches []Watch) *Settings { return &Settings{now: watches} }

// Hold takes other watches in place of those before.
func (s *Settings) Hold(watches []Watch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = watches
}

// The document of /v1/settings. Version changes when a field goes or means something else, not when one is added.
type (
	settingsDocument struct {
		Version int             `json:"version"`
		Watches []watchSettings `json:"watches"`
	}
	watchSettings struct {
		Name    string          `json:"name"`
		Select  string          `json:"select"`
		Depends []string        `json:"depends"`
		Policy  []settingShown  `json:"policy"`
		Checks  []checkSettings `json:"checks"`
	}
	checkSettings struct {
		Name     string         `json:"name"`
		Differ   bool           `json:"differ,omitempty"` // from process to process: ask for those of one
		Settings []settingShown `json:"settings"`
	}
	settingShown struct {
		Word    string `json:"word"` // as sections write it
		Value   string `json:"value"`
		Default bool   `json:"default"` // it is what a section has where nobody has written it
	}
)

const settingsVersion = 1

// ServeHTTP serves the settings of all watches, or with process=NAME of those that look after that one.
func (s *Settings) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	watches := s.now
	s.mu.Unlock()
	process := r.URL.Query().Get("process")
	id := domain.IDOf(process)
	document := settingsDocument{Version: settingsVersion, Watches: []watchSettings{}}
	for _, watch := range watches {
		if process == "" || watch.Select.Matches(id) {
			document.Watches = append(document.Watches, watch.shown(id))
		}
	}
	web.Answer(w, http.StatusOK, document)
}

// shown are the settings of a watch for a process, or for all if that is zero.
func (w Watch) shown(id domain.ID) watchSettings {
	s := watchSettings{Name: w.Name, Select: w.Select.String(), Depends: []string{}, Checks: []checkSettings{}}
	for _, d := range w.Depends {
		s.Depends = append(s.Depends, d.Name())
	}
	basis, _ := domain.PolicyNamed("recommended")
	s.Policy = shownRows(w.Policy.Table(), basis.Table(), "")
	for _, c := range w.Checks {
		s.Checks = append(s.Checks, checkShown(c, id))
	}
	return s
}

// differing are settings of a check that has a name of its own, or others for each process.
type differing interface {
	Called() string
	Of(domain.ID) (checks.Settings, bool)
}

func checkShown(s checks.Settings, id domain.ID) checkSettings {
	shown := checkSettings{Settings: []settingShown{}}
	if d, is := s.(differing); is {
		shown.Name = d.Called()
		if s, is = d.Of(id); !is {
			shown.Differ = id == domain.ID{}
			return shown
		}
	}
	kind, bound, known := checks.Of(s)
	if !known {
		if custom, is := s.(checks.Custom); is && custom.Check != nil {
			shown.Name = cmp.Or(shown.Name, custom.Check.Name())
		}
		return shown
	}
	shown.Name = cmp.Or(shown.Name, kind.Word)
	rows := bound.Table()
	main, without := kind.Main(rows)
	if main != "" {
		rows = slices.DeleteFunc(rows, func(row domain.Setting) bool { return !row.Main && said(row, without, kind) })
	}
	shown.Settings = shownRows(rows, checks.OfSection(kind.New().Table()), shown.Name)
	return shown
}

// said reports whether the main value of a check says a setting, so that it need not be shown again.
func said(row domain.Setting, byMain []domain.Setting, kind checks.Kind) bool {
	fresh := checks.OfSection(kind.New().Table())
	i := slices.IndexFunc(byMain, func(other domain.Setting) bool { return other.Word == row.Word })
	return i >= 0 && byMain[i].Get() == row.Get() && byMain[i].Get() != fresh[i].Get()
}

// shownRows are the rows that have a value, in the words of sections. The texts of files are not shown.
func shownRows(rows, byDefault []domain.Setting, check string) []settingShown {
	all := []settingShown{}
	for _, row := range rows {
		value := row.Shown()
		switch {
		case value == "", row.Source != domain.Written && row.Instead != "":
			continue
		case row.Source != domain.Written:
			value = domain.NotShown
		}
		word := strings.ReplaceAll(row.Word, "-", "_")
		switch {
		case check != "" && row.Main:
			word = check
		case check != "":
			word = check + "." + word
		}
		i := slices.IndexFunc(byDefault, func(other domain.Setting) bool { return other.Word == row.Word })
		all = append(all, settingShown{Word: word, Value: value, Default: i >= 0 && byDefault[i].Get() == row.Get()})
	}
	return all
}
