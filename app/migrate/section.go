package migrate

import (
	"errors"
	"strings"

	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// section writes a watch as a section. Places are the settings of its check whose value stands elsewhere.
func (m *migration) section(w app.Watch, places map[string]string) (Section, error) {
	s := Section{Name: w.Name}
	selects, err := selected(w.Select)
	if err != nil {
		return s, err
	}
	s.Settings = []Setting{{Word: "select", Value: selects}}
	for _, settings := range w.Checks {
		kind, bound, ok := checks.Of(settings)
		if !ok {
			return s, errors.New("there are no sections for its check")
		}
		if err := m.check(&s, kind, bound, places); err != nil {
			return s, err
		}
	}
	m.policy(&s, w.Policy)
	for i := range s.Settings {
		value, ok := config.Written(s.Settings[i].Value)
		if !ok {
			return s, errors.New("its " + s.Settings[i].Word + " is not UTF-8, and no file of supervisord can hold that")
		}
		s.Settings[i].Value = value
	}
	return s, nil
}

// selected names processes as select= wants it.
func selected(s domain.Selection) (string, error) {
	all, groups, ids := s.Parts()
	var words []string
	if all {
		words = append(words, "*")
	}
	for _, group := range groups {
		words = append(words, group+":*")
	}
	for _, id := range ids {
		if id.Name == "*" {
			return "", errors.New(`"*" means all of a group in select=, and cannot be the name of a process`)
		}
		words = append(words, id.Group+":"+id.Name)
	}
	for _, word := range words {
		if strings.ContainsAny(word, ", \n\t") {
			return "", errors.New("select= cannot name what has a comma or a blank in its name")
		}
	}
	return strings.Join(words, ", "), nil
}

// check writes the settings of a check: its main value, if that says it, and what differs from the defaults.
func (m *migration) check(s *Section, kind checks.Kind, want checks.Bound, places map[string]string) error {
	rows := want.Table()
	got, have := kind.Main(rows)
	if got != "" {
		s.Settings = append(s.Settings, Setting{Word: kind.Word, Value: got})
	}
	for i, row := range rows {
		place, elsewhere := placeOf(rows, row, places)
		value := row.Get()
		switch {
		case row.Source != domain.Written && row.Instead == "" && places[row.Word] != "":
			s.Settings = append(s.Settings, Setting{Word: kind.Word + "." + written(row.Word), Value: places[row.Word]})
			continue
		case row.Source != domain.Written:
			continue
		case elsewhere.Word != "":
			row, value = elsewhere, place
		case value == have[i].Get() && !(m.holds(kind.Word+".", row) && !row.Main):
			continue
		}
		if elsewhere.Word == "" {
			if err := have[i].Set(value); err != nil {
				if value == "" {
					continue // nothing was said, and nothing can be
				}
				return err
			}
			s.secret = s.secret || row.Secret && value != ""
		}
		s.Settings = append(s.Settings, Setting{Word: kind.Word + "." + written(row.Word), Value: value})
	}
	return nil
}

// placeOf is where the value of a setting stands, and the setting that says so.
func placeOf(rows []domain.Setting, row domain.Setting, places map[string]string) (string, domain.Setting) {
	for _, other := range rows {
		if place, ok := places[other.Word]; ok && other.Instead == row.Word && other.Source != domain.Written {
			return place, other
		}
	}
	return "", domain.Setting{}
}

// policy writes what differs from one of the policies that have a name: from that which leaves least to write.
func (m *migration) policy(s *Section, p domain.Policy) {
	var best []Setting
	for _, name := range []string{"recommended", "drop-in"} {
		basis, _ := domain.PolicyNamed(name)
		var all []Setting
		if name != "recommended" || m.holds("", basis.Basis()) {
			all = append(all, Setting{Word: "policy", Value: name})
		}
		have := basis.Table()
		for i, row := range p.Table() {
			if row.Get() != have[i].Get() || m.holds("", row) {
				all = append(all, Setting{Word: written(row.Word), Value: row.Get()})
			}
		}
		if name == "recommended" || len(all) <= len(best) {
			best = all
		}
	}
	s.Settings = append(s.Settings, best...)
}

// written is a word as sections have it.
func written(word string) string { return strings.ReplaceAll(word, "-", "_") }
