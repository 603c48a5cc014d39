package view

import (
	"fmt"
	"io"
	"strings"

	"supervisor-healthcheck/domain"
)

// WriteNagios writes the line that a plugin of Nagios writes, with what is measured behind the bar, and returns its status: 2 if
// something is unhealthy or down, 1 if something is given time or warned of, 3 if nobody can tell.
func WriteNagios(out io.Writer, s Status, all []Process) (int, error) {
	counts := map[domain.Condition]int{}
	var news []string
	warned := false
	for _, p := range all {
		counts[p.Condition]++
		for _, v := range p.Verdicts {
			warned = warned || len(v.Warnings) > 0
		}
		if p.bad() || p.Condition == domain.ConditionUnknown || p.Condition == domain.ConditionRestarting {
			news = append(news, fmt.Sprintf("%s %s: %s", p.Name, p.Condition, p.Why()))
		}
	}
	news = append(news, s.Troubles...)
	status, word := Fine, "OK"
	switch bad := counts[domain.ConditionDown] + counts[domain.ConditionGivenUp] + counts[domain.ConditionUnhealthy]; {
	case bad > 0:
		status, word = Critical, "CRITICAL"
	case len(s.Troubles) > 0 || counts[domain.ConditionUnknown] > 0 || len(all) == 0:
		status, word = Unsure, "UNKNOWN"
	case warned || counts[domain.ConditionRestarting] > 0:
		status, word = Unwell, "WARNING"
	}
	text := fmt.Sprintf("HEALTHCHECK %s - %d of %d healthy", word, counts[domain.ConditionHealthy], len(all))
	if len(news) > 0 {
		text += "; " + strings.Join(news, "; ")
	}
	text = strings.NewReplacer("|", "/", "\n", " ").Replace(text)
	var data []string
	for _, c := range domain.Worst() {
		data = append(data, fmt.Sprintf("'%s'=%d", c, counts[c]))
	}
	for _, p := range all {
		data = append(data, p.performance()...)
	}
	_, err := fmt.Fprintf(out, "%s | %s\n", text, strings.Join(data, " "))
	return status, err
}
