package checks

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"supervisor-healthcheck/domain"
)

// form is how values of one kind are written. What reads them returns the cure for a bad one.
type form[T any] struct {
	read func(text string) (T, string)
	flag func(text string) (T, string) // on the command line, where the Python commands want it otherwise; may be nil
	json func(raw json.RawMessage) (T, string)
	show func(T) string // for read; empty where nothing was set
}

// of reads a JSON value of exactly this kind: no null, no number in quotes, no fraction for an integer.
func of[T any](cure string) func(json.RawMessage) (T, string) {
	return func(raw json.RawMessage) (v T, _ string) {
		if string(raw) == "null" || json.Unmarshal(raw, &v) != nil {
			return v, cure
		}
		return v, ""
	}
}

func texts() form[string] {
	itself := func(text string) (string, string) { return text, "" }
	return form[string]{read: itself, json: of[string]("write a text in quotes"), show: func(text string) string { return text }}
}

// document is JSON that is sent as it is.
func document() form[string] {
	f := texts()
	f.json = func(raw json.RawMessage) (string, string) {
		if raw[0] != '{' && raw[0] != '[' {
			return "", "write the document itself, an object or an array, not a text in quotes"
		}
		return string(raw), ""
	}
	return f
}

func switches() form[bool] {
	return form[bool]{
		read: func(text string) (bool, string) {
			on, known := domain.ParseSwitch(text)
			if !known {
				return false, "write true or false"
			}
			return on, ""
		},
		json: of[bool]("write true or false without quotes"),
		show: strconv.FormatBool,
	}
}

// choices are some words.
func choices(words ...string) form[string] {
	last := len(words) - 1
	cure := "write " + strings.Join(words[:last], ", ") + " or " + words[last]
	f := texts()
	f.read = func(text string) (string, string) {
		if word := strings.ToLower(text); slices.Contains(words, word) {
			return word, ""
		}
		return "", cure
	}
	return f
}

// variables are environment variables as supervisord's environment= has them.
func variables() form[map[string]string] {
	return form[map[string]string]{
		read: domain.SplitVariables,
		show: func(all map[string]string) string {
			var written []string
			for _, name := range slices.Sorted(maps.Keys(all)) {
				value := strings.ReplaceAll(strings.ReplaceAll(all[name], `\`, `\\`), `"`, `\"`)
				written = append(written, name+`="`+value+`"`)
			}
			return strings.Join(written, ",")
		},
	}
}

func retries() form[*int] {
	return form[*int]{
		read: func(text string) (*int, string) {
			n, cure := domain.ParseWhole(text, 0, mostRetries)
			return &n, cure
		},
		json: of[*int]("write a whole number without quotes, such as 2"),
		show: func(n *int) string {
			if n == nil {
				return ""
			}
			return strconv.Itoa(*n)
		},
	}
}

// mostRetries is more than anybody waits for.
const mostRetries = 100

// spans are durations of more than nothing; numbers are seconds.
func spans() form[time.Duration] {
	return form[time.Duration]{
		read: domain.ParsePositive,
		json: func(raw json.RawMessage) (time.Duration, string) {
			n, cure := of[float64]("not a number")(raw)
			// 9e9 s is nearly the longest time.Duration.
			if cure != "" || n < 1e-9 || n > 9e9 {
				return 0, "write a number of seconds above 0 without quotes, such as 15 or 0.5"
			}
			return time.Duration(n * 1e9), ""
		},
		show: func(d time.Duration) string {
			if d == 0 {
				return ""
			}
			return domain.ShortDuration(d)
		},
	}
}

// portSpecs are a number, or a text with a number or a pattern.
func portSpecs() form[PortSpec] {
	read := func(text string) (PortSpec, string) {
		spec, err := ParsePortSpec(text)
		if invalid, ok := errors.AsType[*domain.SettingError](err); ok {
			return spec, invalid.Why
		}
		return spec, ""
	}
	return form[PortSpec]{
		read: read,
		json: func(raw json.RawMessage) (PortSpec, string) {
			text, cure := string(raw), ""
			if !isNumber(text) {
				text, cure = of[string](portCure())(raw)
			}
			if cure != "" {
				return PortSpec{}, cure
			}
			return read(text)
		},
		show: PortSpec.String,
	}
}

const noHeaders = `write an object of texts such as {"Accept": "text/plain"}`

// headers are a JSON object, or in sections a line for each.
func headers() form[map[string]string] {
	return form[map[string]string]{
		read: func(text string) (map[string]string, string) {
			switch {
			case text == "":
				return nil, "" // none
			case strings.HasPrefix(text, "{"):
				return headerObject(text)
			}
			return headerLines(text)
		},
		flag: headerObject,
		json: headerMembers,
		show: showHeaders,
	}
}

// showHeaders writes a line for each, or JSON where lines would be read otherwise.
func showHeaders(all map[string]string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lines = append(lines, name+": "+all[name])
	}
	text := strings.Join(lines, "\n")
	if back, _ := headerLines(text); all != nil && (strings.HasPrefix(text, "{") || !maps.Equal(back, all)) {
		object, _ := json.Marshal(all) // of texts cannot fail
		return string(object)
	}
	return text
}

func headerMembers(raw json.RawMessage) (map[string]string, string) {
	all, ok := members(raw)
	if !ok {
		return nil, noHeaders
	}
	headers := map[string]string{}
	for i, header := range all {
		content, cure := of[string](noHeaders)(header.value)
		if cure != "" {
			return nil, cure
		}
		if repeated(all, i) {
			return nil, "write each header once"
		}
		headers[header.key] = content
	}
	return headers, ""
}

func headerObject(text string) (map[string]string, string) {
	headers, cure := map[string]string(nil), noHeaders
	if json.Valid([]byte(text)) {
		headers, cure = headerMembers(json.RawMessage(strings.TrimSpace(text)))
	}
	if cure == noHeaders {
		cure = `write a JSON object of strings such as {"Accept": "text/plain"}`
	}
	return headers, cure
}

func headerLines(text string) (map[string]string, string) {
	headers := map[string]string{}
	for line := range strings.SplitSeq(text, "\n") {
		name, content, ok := strings.Cut(line, ":")
		name = strings.TrimSpace(name)
		if !ok || name == "" {
			return nil, "write a line for each, with a colon behind the name, such as Accept: text/plain"
		}
		if _, again := headers[name]; again {
			return nil, "write each header once"
		}
		headers[name] = strings.TrimSpace(content)
	}
	return headers, ""
}

// kilobytes are sizes with their unit, and plain numbers of kilobytes on the command line and in JSON.
func kilobytes() form[uint64] {
	return form[uint64]{
		read: ParseSize,
		flag: func(text string) (uint64, string) {
			n, err := strconv.ParseUint(text, 10, 64)
			if err != nil || n == 0 || n > math.MaxUint64/1024 {
				return 0, "write the limit in kilobytes without a unit, such as 204800 for 200 MB"
			}
			return n, ""
		},
		json: of[uint64]("write a whole number of kilobytes without quotes, such as 204800"),
		show: ShowSize,
	}
}

// ParseSize reads a size in KB, as supervisord's own settings have it, where 1 KB is 1024 bytes, and the other usual units.
func ParseSize(text string) (uint64, string) {
	const cure = "write a size with its unit, such as 800MB or 1.5GB"
	number := strings.TrimRight(text, "KMGTIBkmgtib ")
	unit := strings.ToUpper(strings.TrimSpace(text[len(number):]))
	unit = strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")
	n, err := strconv.ParseFloat(number, 64)
	power := strings.Index("KMGT", unit)
	if err != nil || len(unit) != 1 || power < 0 || strings.Trim(number, "0123456789.") != "" {
		return 0, cure
	}
	if whole, err := strconv.ParseUint(number, 10, 64); err == nil && power == 0 && whole > 0 && whole <= math.MaxUint64/1024 {
		return whole, "" // more than a float holds
	}
	n *= math.Pow(1024, float64(power))
	if n < 1 || n > math.MaxUint64/1024 {
		return 0, cure
	}
	return uint64(n), ""
}

// ShowSize writes kilobytes in the largest unit of which they are a whole number.
func ShowSize(kb uint64) string {
	if kb == 0 {
		return ""
	}
	units := []string{"KB", "MB", "GB", "TB"}
	for kb%1024 == 0 && len(units) > 1 {
		kb, units = kb/1024, units[1:]
	}
	return strconv.FormatUint(kb, 10) + units[0]
}

// percents are shares of one core, with or without the sign, which the command line does not take.
func percents() form[float64] {
	read := func(cure string) func(string) (float64, string) {
		return func(text string) (float64, string) {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil || !(n > 0) || math.IsInf(n, 0) {
				return 0, cure
			}
			return n, ""
		}
	}
	return form[float64]{
		read: func(text string) (float64, string) {
			return read("write a percentage above 0, such as 90%; 100% is one core")(strings.TrimSpace(strings.TrimSuffix(text, "%")))
		},
		flag: read("write a percentage above 0 without a sign, such as 90; 100 is one core"),
		json: of[float64]("write a percentage without quotes, such as 90"),
		show: func(n float64) string {
			if n == 0 {
				return ""
			}
			return percent(n)
		},
	}
}

// partOf reads a percentage of something that there is so much of, such as 90%.
func partOf(text string) (float64, bool) {
	number, sign := strings.CutSuffix(text, "%")
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	return n, sign && err == nil && isPart(n)
}

func isPart(percent float64) bool { return percent > 0 && percent <= 100 }

// counts are whole numbers of 1 or more.
func counts(what string) form[int] {
	return form[int]{
		read: func(text string) (int, string) {
			n, _ := domain.ParseWhole(text, 1, mostCounted)
			if n == 0 {
				return 0, "write a number of " + what
			}
			return n, ""
		},
		show: func(n int) string {
			if n == 0 {
				return ""
			}
			return strconv.Itoa(n)
		},
	}
}

// mostCounted is more than a process can have of anything that is counted.
const mostCounted = 1 << 30
