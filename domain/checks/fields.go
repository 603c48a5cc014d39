package checks

import (
	"encoding/json"
	"errors"
	"time"

	"supervisor-healthcheck/domain"
)

// setter reads one JSON value into its field; it returns the cure if the value is of a wrong kind.
type setter func(value json.RawMessage) (cure string)

// parseCheck reads the settings of one check.
func parseCheck(check member) (Settings, error) {
	switch check.key {
	case "http":
		return fill(check, httpFields)
	case "tcp":
		return fill(check, tcpFields)
	case "xmlrpc":
		return fill(check, xmlrpcFields)
	case "memory":
		return fill(check, memoryFields)
	case "cpu":
		return fill(check, cpuFields)
	case "file":
		return fill(check, fileFields)
	}
	known := []string{"http", "tcp", "xmlrpc", "memory", "cpu", "file"}
	shown := shownKey(check.key, known)
	return nil, wrong(shown, shown, "there is no such check; "+suggest(check.key, known))
}

func httpFields(h *HTTP) map[string]setter {
	return map[string]setter{
		"url":         text(&h.URL),
		"port":        portSpec(&h.Port),
		"timeout":     seconds(&h.Timeout),
		"num_retries": retries(&h.Retries),
		"method":      text(&h.Method),
		"json":        document(&h.JSON),
		"body":        text(&h.Body),
		"headers":     headers(&h.Headers),
		"username":    text(&h.Username),
		"password":    text(&h.Password),
	}
}

func tcpFields(t *TCP) map[string]setter {
	return map[string]setter{
		"port":        portSpec(&t.Port),
		"timeout":     seconds(&t.Timeout),
		"num_retries": retries(&t.Retries),
	}
}

func xmlrpcFields(x *XMLRPC) map[string]setter {
	return map[string]setter{
		"url":         text(&x.URL),
		"sock_path":   text(&x.SocketPath),
		"sock_dir":    text(&x.SocketDir),
		"port":        portSpec(&x.Port),
		"method":      text(&x.Method),
		"username":    text(&x.Username),
		"password":    text(&x.Password),
		"num_retries": retries(&x.Retries),
		"timeout":     seconds(&x.Timeout),
	}
}

func memoryFields(m *Memory) map[string]setter {
	return map[string]setter{
		"max_rss":    of(&m.MaxRSS, "write a whole number of kilobytes without quotes, such as 204800"),
		"cumulative": of(&m.Cumulative, "write true or false without quotes"),
	}
}

func cpuFields(c *CPU) map[string]setter {
	return map[string]setter{
		"max_cpu":  of(&c.MaxPercent, "write a percentage without quotes, such as 90"),
		"interval": seconds(&c.Interval),
	}
}

func fileFields(f *File) map[string]setter {
	return map[string]setter{
		"timeout":       seconds(&f.Timeout),
		"fail_on_error": of(&f.FailOnError, "write true or false without quotes"),
		"filepath":      text(&f.Path),
		"root_dir":      text(&f.RootDir),
	}
}

// of reads a value of exactly the kind of the field: no null, no number in quotes, no fraction for an integer.
func of[T any](field *T, cure string) setter {
	return func(value json.RawMessage) string {
		if string(value) == "null" || json.Unmarshal(value, field) != nil {
			return cure
		}
		return ""
	}
}

func text(field *string) setter { return of(field, "write a text in quotes") }

func retries(field **int) setter {
	return of(field, "write a whole number without quotes, such as 2")
}

func seconds(field *time.Duration) setter {
	return func(value json.RawMessage) string {
		var n float64
		// 9e9 s is nearly the longest time.Duration.
		if of(&n, "not a number")(value) != "" || n < 1e-9 || n > 9e9 {
			return "write a number of seconds above 0 without quotes, such as 15 or 0.5"
		}
		*field = time.Duration(n * 1e9)
		return ""
	}
}

// portSpec reads a number, or a text with a number or a pattern.
func portSpec(field *PortSpec) setter {
	return func(value json.RawMessage) string {
		spec := string(value)
		if !isNumber(spec) && text(&spec)(value) != "" {
			return portCure()
		}
		parsed, err := ParsePortSpec(spec)
		if invalid, ok := errors.AsType[*domain.SettingError](err); ok {
			return invalid.Why
		}
		*field = parsed
		return ""
	}
}

func document(field *string) setter {
	return func(value json.RawMessage) string {
		if value[0] != '{' && value[0] != '[' {
			return "write the document itself, an object or an array, not a text in quotes"
		}
		*field = string(value)
		return ""
	}
}

const noHeaders = `write an object of texts such as {"Accept": "text/plain"}`

func headers(field *map[string]string) setter {
	return func(value json.RawMessage) string {
		const cure = noHeaders
		all, ok := members(value)
		if !ok {
			return cure
		}
		*field = map[string]string{}
		for i, header := range all {
			var content string
			if of(&content, cure)(header.value) != "" {
				return cure
			}
			if repeated(all, i) {
				return "write each header once"
			}
			(*field)[header.key] = content
		}
		return ""
	}
}

// ParseHeaders reads the headers of the http check from a JSON object of texts. Its error is a *domain.SettingError without any of
// them.
func ParseHeaders(object string) (map[string]string, error) {
	var all map[string]string
	cure := noHeaders
	if json.Valid([]byte(object)) {
		cure = headers(&all)(json.RawMessage(object))
	}
	if cure == noHeaders {
		cure = `write a JSON object of strings such as {"Accept": "text/plain"}`
	}
	if cure != "" {
		return nil, wrong("headers", hidden, cure)
	}
	return all, nil
}
