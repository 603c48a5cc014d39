package main

import (
	"encoding/json"
	"strings"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// odd are texts that files and command lines have their own ideas of.
func odd() []string {
	return []string{"text", "a b", "a ;b", "#a", " around ", "one\ntwo", "one\n\n ;two ", `q"u'o\te`, "100%", "%%", "%(here)s", "a=b:c", "[x]", "{}", "é\u00a0", "\t", "a,b", "-x", "%(U+0020)s"}
}

// same are texts that sections have as command lines have them.
func same(texts ...string) (all [][2]string) {
	for _, text := range texts {
		all = append(all, [2]string{text, text})
	}
	return all
}

// text is a value of a setting as the command line and as a section has it.
func (l *lottery) text(kind checks.Kind, row domain.Setting) [2]string {
	all := map[string][][2]string{
		"path": same("/ping", "/a?b=%20c", "/x%25y", "/;#,'"), "port": same("8080", "1", `web_(\d+)`, `(?:a p;i|web_)(\d+)`, `[a-z] ;#_*(\d+)`), "timeout": same("5", "1.5", "30s", "5m"),
		"retries": same("0", "2", "3"), "method": same("POST", "get_status"), "username": same(odd()...), "password": same(odd()...), "body": same(odd()...),
		"password-file": same(l.secret), "password-env": same("OUTER", "INNER"),
		"send-json": same(`{"a":1}`, `["a ;b", "%(here)s"]`), "headers": {{`{"Accept":"text/plain"}`, "Accept: text/plain"}, {`{"A":"b","C":"d"}`, "A: b\nC: d"},
			{`{"A":" b ;","#x":"y"}`, `{"A": " b ;", "#x": "y"}`}},
		"socket-path": same("/run/x.sock", "/run/a:b ;c", "rel ative"), "socket-dir": same("/run/x", " x"), "limit": {{"204800", "200MB"}, {"1000", "1000KB"}, {"18014398509481983", "18014398509481983KB"}},
		"cumulative": {{"", "true"}}, "for": same("30m", "60"), "required": {{"", "yes"}}, "root-dir": same("/run/beats", "/a  b;"),
	}[row.Word]
	switch {
	case kind.Name == "cpu" && row.Word == "limit":
		all = [][2]string{{"90", "90%"}, {"12.5", "12.5%"}, {"0.1", "0.1%"}}
	case kind.Name == "file" && row.Word == "path":
		all = same("/run/beat", "/run/a  b", "beat", "/run/50%(x) ;y")
	case kind.Name == "xmlrpc" && row.Word == "method":
		all = same(append(odd(), "get_status")...)
	}
	if len(all) == 0 {
		l.t.Fatalf("there is no sample of %s.%s", kind.Name, row.Word)
	}
	return all[l.IntN(len(all))]
}

// policySamples are values of the settings of the policy, which sections have as command lines have them.
func policySamples() map[string][]string {
	return map[string][]string{
		"failures": {"3", "1"}, "successes": {"2"}, "start-grace": {"1m", "90", "0"}, "warmup": {"10m", "off"}, "patience": {"3m"}, "ladder": {"1m..1h", "none", "5s"},
		"restart-limit": {"5/1h", "none"}, "rearm": {"human", "window"}, "backoff": {"10s..10m"}, "max-parallel": {"2"}, "mass-failure": {"50", "0.5", "off"},
		"outage": {"5m"}, "recover": {"fatal,exited", "none"}, "mode": {"observe"}, "interval": {"10s", "90s", "0"}, "action": {"signal:HUP", "none"},
	}
}

// complex draws some checks and writes their settings as JSON.
func (l *lottery) complex(d *drawn, kinds []checks.Kind) {
	var members []string
	l.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
	for _, kind := range kinds[:1+l.IntN(3)] {
		rows, texts := l.chosen(kind)
		var settings []string
		var given []domain.Setting
		for i, row := range rows {
			text := texts[i][0]
			if row.Flag.Switch {
				text = "true"
			}
			value, ok := asJSON(row, text)
			switch {
			case row.JSON == "":
				continue
			case !ok: // such as 30s, which is no number
				value, texts[i][1] = "7", "7"
			}
			given = append(given, row)
			settings = append(settings, `"`+row.JSON+`": `+value)
			d.add(kind.Word+"."+row.Word, texts[i][1])
		}
		l.defaults(d, kind, given)
		members = append(members, `"`+kind.Name+`": {`+strings.Join(settings, ", ")+"}")
	}
	d.words = append(d.words, "-c", "{"+strings.Join(members, ", ")+"}")
}

// asJSON is a text as the JSON of complex has it: as it is, or in quotes.
func asJSON(row domain.Setting, text string) (string, bool) {
	if row.JSON == "" {
		return "", false
	}
	if json.Valid([]byte(text)) && row.SetJSON([]byte(text)) == nil {
		return text, true
	}
	inQuotes, err := json.Marshal(text)
	if err != nil || row.SetJSON(inQuotes) != nil {
		return "", false
	}
	return string(inQuotes), true
}
