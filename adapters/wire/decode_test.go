package wire_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

func answer(value string) []byte {
	return []byte("<?xml version='1.0'?><methodResponse><params><param>" + value + "</param></params></methodResponse>")
}

func faulty(code, text string) []byte {
	return []byte("<methodResponse><fault><value><struct><member><name>faultCode</name><value>" + code + "</value></member>" +
		"<member><name>faultString</name><value><string>" + text + "</string></value></member></struct></value></fault></methodResponse>")
}

func TestDecode(t *testing.T) {
	for name, tt := range map[string]struct {
		answer []byte
		want   string
		err    string
	}{
		"a text":                      {answer("<value><string>a &lt; b</string></value>"), "a < b", "<nil>"},
		"text without a type":         {answer("<value>ok</value>"), "ok", "<nil>"},
		"another type":                {answer("<value><int>1</int></value>"), "", "error: type mismatch - can't unmarshal string to int"},
		"nothing":                     {nil, "", "it has no value"},
		"an attribute":                {answer("<value a='b'>ok</value>"), "", "it has markup that is not XML-RPC"},
		"a comment":                   {answer("<value>ok<!-- --></value>"), "", "it has markup that is not XML-RPC"},
		"an empty value":              {answer("<value/>"), "", "it has an empty value"},
		"a tag without end":           {[]byte("<methodResponse><params><param><value>ok</valu"), "", "it ends within a tag"},
		"deep nesting":                {answer(strings.Repeat("<value>", 100)), "", "it is nested too deeply"},
		"a fault that cannot be read": {faulty("<string>x</string>", "y"), "", "error: type mismatch - can't unmarshal int to string"},
	} {
		t.Run(name, func(t *testing.T) {
			var got string
			if err := wire.Decode(tt.answer, &got); fmt.Sprint(err) != tt.err || got != tt.want {
				t.Errorf("got %q and error %v, want %q and %s", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestAFaultIsDecoded(t *testing.T) {
	long := strings.Repeat("é", 1000)
	for name, tt := range map[string]struct{ text, want string }{
		"whole":                   {"BAD_NAME: a &lt; b", "BAD_NAME: a < b"},
		"also when it is long":    {long, long}, // who cuts it has to hide secrets before
		"without a text it is so": {"", ""},
		"of one line":             {"FAILED: one\n  two\r\nthree ", "FAILED: one two three"},
		"what a traceback ends with": {"FAILED: unknown problem killing a (7):Traceback (most recent call last):\n  File \"x.py\", line 1, in kill\n    " +
			"os.kill(pid, sig)\nPermissionError: [Errno 1] Operation not permitted\n",
			"FAILED: unknown problem killing a (7): PermissionError: [Errno 1] Operation not permitted"},
		"a traceback that is cut off": {"killing:Traceback (most recent call last):", "killing:"},
	} {
		t.Run(name, func(t *testing.T) {
			var got *domain.Fault
			if err := wire.Decode(faulty("<int>10</int>", tt.text), new(bool)); !errors.As(err, &got) {
				t.Fatalf("error %v is no fault", err)
			}
			if diff := cmp.Diff(&domain.Fault{Code: 10, Text: tt.want}, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
