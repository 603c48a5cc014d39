package domain

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// What an order may be. A pause always ends by itself.
const (
	LongestPause  = 30 * 24 * time.Hour
	LongestOrder  = 64 << 10 // bytes of its document
	longestReason = 200
	mostNames     = 1000
)

// Order says that nothing shall be done about processes for a while, or without Seconds that this is over. It is the document of all who
// give orders.
type Order struct {
	Names   []string `json:"names"` // as for supervisorctl, or of watches
	Seconds float64  `json:"seconds,omitempty"`
	Reason  string   `json:"reason,omitempty"`
}

// ReadOrder reads the document of an order and nothing behind it, into what the order is about.
func ReadOrder(from io.Reader, into any) error {
	document := json.NewDecoder(from)
	document.DisallowUnknownFields()
	if document.Decode(into) != nil || document.Decode(new(any)) != io.EOF {
		return errors.New(`the order cannot be read: write a JSON object such as {"names": ["web"], "seconds": 900}`)
	}
	return nil
}

// CheckPause says what is wrong with an order to pause.
func (o Order) CheckPause() error {
	switch {
	case len(o.Names) == 0 || len(o.Names) > mostNames:
		return fmt.Errorf("names: write from 1 to %d", mostNames)
	case !(o.Seconds > 0) || o.Seconds > LongestPause.Seconds():
		return fmt.Errorf("seconds %g: write how long it lasts, from 1 to %.0f", o.Seconds, LongestPause.Seconds())
	case len(o.Reason) > longestReason || strings.ContainsFunc(o.Reason, unicode.IsControl):
		return fmt.Errorf("reason: write one line of at most %d bytes", longestReason)
	}
	return nil
}

// CheckResume says what is wrong with an order to resume.
func (o Order) CheckResume() error {
	switch {
	case len(o.Names) == 0 || len(o.Names) > mostNames:
		return fmt.Errorf("names: write from 1 to %d", mostNames)
	case o.Seconds != 0 || o.Reason != "":
		return errors.New("resume has names and nothing else")
	}
	return nil
}

// Lasting is how long nothing shall be done; 0: it is over.
func (o Order) Lasting() time.Duration { return time.Duration(o.Seconds * float64(time.Second)) }

// RemoteType is the type of the REMOTE_COMMUNICATION events that carry our orders. Those of other types are not for us.
const RemoteType = "supervisor-healthcheck"

// remote is an order with what it is. One of them is set.
type remote struct {
	Pause  *Order `json:"pause,omitempty"`
	Resume *Order `json:"resume,omitempty"`
}

// Remote is the order as the data of such an event.
func (o Order) Remote() (string, error) {
	r, err := remote{Resume: &o}, error(nil)
	if o.Seconds != 0 {
		r, err = remote{Pause: &o}, o.CheckPause()
	} else {
		err = o.CheckResume()
	}
	if err != nil {
		return "", err
	}
	data, err := json.Marshal(r)
	if len(data) > LongestOrder {
		return "", fmt.Errorf("names: write less than %d bytes", LongestOrder)
	}
	return string(data), err
}

// ParseRemote reads the data of such an event.
func ParseRemote(data string) (Order, error) {
	var r remote
	if len(data) > LongestOrder || ReadOrder(strings.NewReader(data), &r) != nil || (r.Pause == nil) == (r.Resume == nil) {
		return Order{}, errors.New(`it cannot be read: it is a JSON object such as {"pause": {"names": ["web"], "seconds": 900}} or {"resume": {"names": ["web"]}}`)
	}
	if r.Resume != nil {
		return *r.Resume, r.Resume.CheckResume()
	}
	return *r.Pause, r.Pause.CheckPause()
}
