// Package gjson finds values in JSON documents by paths.
package gjson

import (
	"encoding/json"

	"github.com/tidwall/gjson"

	"supervisor-healthcheck/ports"
)

var _ ports.JSONReader = Reader{}

// Reader finds values in JSON.
type Reader struct{}

// Find returns the JSON text of what the path leads to. The document must be valid: of another one anything may be found.
func (Reader) Find(document, path string) (value string, found bool) {
	result := gjson.Get(document, path)
	if !result.Exists() {
		return "", false
	}
	if result.Raw != "" {
		return result.Raw, true
	}
	text, err := json.Marshal(result.Value()) // of what gjson has counted itself
	return string(text), err == nil
}
