package checks

import (
	"strconv"
	"strings"
)

// Statuses are the HTTP statuses that are healthy; none means 200 alone.
type Statuses []StatusRange

// StatusRange is the statuses from one to another, both included.
type StatusRange struct{ From, To int }

// Has reports whether the status is healthy.
func (all Statuses) Has(status int) bool {
	for _, r := range all {
		if r.From <= status && status <= r.To {
			return true
		}
	}
	return len(all) == 0 && status == 200
}

// String is as an operator writes it, empty for none.
func (all Statuses) String() string {
	var parts []string
	for _, r := range all {
		part := strconv.Itoa(r.From)
		if r.To != r.From {
			part += "-" + strconv.Itoa(r.To)
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ",")
}

// healthy says which statuses are.
func (all Statuses) healthy() string {
	if len(all) == 0 {
		return "only 200 is healthy"
	}
	return "healthy is " + all.String()
}

// statuses are written with commas between, such as 200-299,401.
func statuses() form[Statuses] {
	return form[Statuses]{
		read: func(text string) (Statuses, string) {
			const cure = "write statuses from 100 to 999 with commas between, such as 200-299,401"
			var all Statuses
			for part := range strings.SplitSeq(text, ",") {
				from, to, span := strings.Cut(part, "-")
				if !span {
					to = from
				}
				first, ok := status(from)
				last, also := status(to)
				if !ok || !also || first > last {
					return nil, cure
				}
				all = append(all, StatusRange{first, last})
			}
			return all, ""
		},
		show: Statuses.String,
	}
}

func status(text string) (int, bool) {
	text = strings.TrimSpace(text)
	n, err := strconv.Atoi(text)
	return n, err == nil && isNumber(text) && n >= 100 && n <= 999
}
