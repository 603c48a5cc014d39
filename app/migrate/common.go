package migrate

import (
	"slices"
	"strings"

	"supervisor-healthcheck/adapters/ini"
	"supervisor-healthcheck/app"
	"supervisor-healthcheck/app/config"
	"supervisor-healthcheck/domain"
)

// said is what an old listener says of a setting of the listener itself.
type said struct{ by, value string }

// common are the settings of the old listeners themselves, as [healthcheck] has them. Where they do not agree, a remark says what
// each of them says.
func (r Result) common() (s Section, remarks []string) {
	for i, row := range new(app.Options).Table() {
		all, secret := r.said(i), false
		if row.Source != domain.Written {
			all = r.placed(row.Word)
		} else if row.Word == "username" || row.Word == "password" {
			secret = row.Secret
			if r.credentials() {
				all = nil
			}
		}
		switch values := distinct(all); {
		case len(values) == 0 || r.there(row.Word):
		case len(values) > 1 && row.Secret:
			remarks = append(remarks, "the old listeners have several values for "+written(row.Word)+": write the one of the new listener")
		case len(values) > 1:
			remarks = append(remarks, "the old listeners have several values for "+written(row.Word)+", and the new one has one: "+strings.Join(by(all), ", "))
		default:
			if value, ok := config.Written(values[0]); ok {
				s.Settings = append(s.Settings, Setting{Word: written(row.Word), Value: value})
				s.secret = s.secret || secret
				if len(all) < len(r.Made) {
					remarks = append(remarks, written(row.Word)+" holds for all sections now, and was said by "+strings.Join(sayers(all), ", ")+" alone")
				}
			}
		}
	}
	return s, remarks
}

// said are the values of a row of the table of a listener.
func (r Result) said(row int) []said {
	var all []said
	for _, m := range r.Made {
		value := m.line.Table()[row].Get()
		if _, elsewhere := m.line.Server["password-file"]; value != "" && value != standIn && !(elsewhere && m.line.Table()[row].Word == "password") {
			all = append(all, said{m.section.Name, value})
		}
	}
	return all
}

// placed are the places that are named for a setting.
func (r Result) placed(word string) []said {
	var all []said
	for _, m := range r.Made {
		if place, ok := m.line.Server[word]; ok {
			all = append(all, said{m.section.Name, place})
		}
	}
	return all
}

// credentials reports whether the files say themselves what supervisord wants to hear, other than by a hash.
func (r Result) credentials() bool {
	for _, c := range r.configs {
		for _, name := range []string{"supervisorctl", "unix_http_server", "inet_http_server"} {
			if s := c.Section(name); s != nil {
				if k, ok := c.Get(s, "password"); ok && !strings.HasPrefix(k.Value, "{SHA}") {
					return true
				}
			}
		}
	}
	return false
}

// there reports whether [healthcheck] has the setting already.
func (r Result) there(word string) bool {
	for _, c := range r.configs {
		if s := c.Section("healthcheck"); s != nil &&
			slices.ContainsFunc(s.Keys, func(k *ini.Key) bool { return strings.ReplaceAll(k.Name, "_", "-") == word }) {
			return true
		}
	}
	return false
}

func distinct(all []said) []string {
	var values []string
	for _, one := range all {
		if !slices.Contains(values, one.value) {
			values = append(values, one.value)
		}
	}
	return values
}

func sayers(all []said) []string {
	var names []string
	for _, one := range all {
		names = append(names, "["+one.by+"]")
	}
	return names
}

func by(all []said) []string {
	var texts []string
	for _, one := range all {
		texts = append(texts, one.value+" of ["+one.by+"]")
	}
	return texts
}
