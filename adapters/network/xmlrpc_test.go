package network_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/network"
	"supervisor-healthcheck/domain"
)

const declaration = `<?xml version="1.0"?>`

func value(v string) string {
	return declaration + "<methodResponse><params><param>" + v + "</param></params></methodResponse>"
}

func fault(v string) string {
	return declaration + "<methodResponse><fault>" + v + "</fault></methodResponse>"
}

func faultOf(code, text string) string {
	return fault("<value><struct><member><name>faultCode</name><value>" + code + "</value></member>" +
		"<member><name>faultString</name><value>" + text + "</value></member></struct></value>")
}

// replying serves one document to every call.
func replying(t *testing.T, body string) string {
	return serve(t, say(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)))
}

func callTo(address string) domain.XMLRPCRequest {
	return domain.XMLRPCRequest{Network: "tcp", Address: address, Path: "/RPC2", Method: "get_status"}
}

func TestXMLRPCAcceptsAnyValue(t *testing.T) {
	for name, body := range map[string]string{
		"a string":                       value("<value><string>load 50% ok</string></value>"),
		"text without a type":            value("<value>ok</value>"),
		"a few attributes":               value("<value a='>' b=\"' &lt;\"\n>ok</value >"),
		"brackets in CDATA":              value("<value><![CDATA[]]]]]></value>"),
		"letters by their number":        value("<value>&#65;&#x42;&#xd800;</value>"),
		"other words of the declaration": `<?xml version='1.0' encoding="utf-8" standalone="yes" ?><?a b?><methodResponse><params/></methodResponse>`,
		"names with a prefix":            "<x:methodResponse xmlns:x='y'><x:params/></x:methodResponse>",
		"an empty string":                value("<value><string></string></value>"),
		"an empty value":                 value("<value/>"),
		"no value":                       value(""),
		"no parameter":                   declaration + "<methodResponse><params/></methodResponse>",
		"false":                          value("<value><boolean>0</boolean></value>"),
		"nil":                            value("<value><nil/></value>"),
		"nil of an extension":            value(`<value><ex:nil xmlns:ex="http://example.org/"/></value>`),
		"base64":                         value("<value><base64>AAEC</base64></value>"),
		"a date":                         value("<value><dateTime.iso8601>20261122T13:18:00</dateTime.iso8601></value>"),
		"a type of the server's own":     value("<value><i128>1</i128></value>"),
		"a struct":                       value("<value><struct><member><name>a</name><value/></member></struct></value>"),
		"a struct with a fault's words":  value("<value><struct><member><name>faultCode</name><value><int>1</int></value></member></struct></value>"),
		"a string that speaks of faults": value("<value><string><![CDATA[<fault></fault>]]></string></value>"),
		"320 arrays in each other":       value(strings.Repeat("<array><data><value>", 320) + strings.Repeat("</value></data></array>", 320)),
		"an array in an array":           value("<value><array><data><value><array><data/></array></value></data></array></value>"),
		"a document without declaration": strings.TrimPrefix(value("<value/>"), declaration),
		"a byte order mark":              "\ufeff" + value("<value/>"),
		"blanks and comments around":     " \n<!-- hello -->" + strings.TrimPrefix(value("<value/>"), declaration) + "<!-- bye -->\n",
		"another encoding":               `<?xml version="1.0" encoding="ISO-8859-1"?>` + strings.TrimPrefix(value("<value>caf\xe9</value>"), declaration),
		"250 kB":                         value("<value>" + strings.Repeat("x", 250<<10) + "</value>"),
	} {
		t.Run(name, func(t *testing.T) {
			if err := network.New().XMLRPC(t.Context(), callTo(replying(t, body))); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestXMLRPCTellsFaults(t *testing.T) {
	long := strings.Repeat("é", 1100)
	tests := map[string]struct {
		body string
		want domain.Fault
	}{
		"with code and text":           {faultOf("<int>10</int>", "<string>BAD_NAME: 50% &lt;a&gt;</string>"), domain.Fault{Code: 10, Text: "BAD_NAME: 50% <a>"}},
		"with a negative code":         {faultOf("<i4>-32601</i4>", "<string>no such method</string>"), domain.Fault{Code: -32601, Text: "no such method"}},
		"with a text of 2 kB":          {faultOf("<int>1</int>", "<string>"+long+"</string>"), domain.Fault{Code: 1, Text: long[:2*1021] + "..."}},
		"with a text of 1 kB":          {faultOf("<int>1</int>", "<string>"+long[:2048]+"</string>"), domain.Fault{Code: 1, Text: long[:2048]}},
		"with a text of several lines": {faultOf("<int>1</int>", "<string>\n a\n\tb </string>"), domain.Fault{Code: 1, Text: "a b"}},
		"whose code is not a number":   {faultOf("<string>ten</string>", "<string>x</string>"), domain.Fault{Text: "its code and text cannot be read"}},
		"that is nested deeply":        {fault("<value>" + strings.Repeat("<struct><member><name>a</name><value>", 240) + strings.Repeat("</value></member></struct>", 240) + "</value>"), domain.Fault{Text: "its code and text cannot be read"}},
		"with lines of its own":        {faultOf("<int>7</int>", "<string>x\ntime=now level=ERROR</string>"), domain.Fault{Code: 7, Text: "x time=now level=ERROR"}},
		"with nothing in it":           {fault(""), domain.Fault{Text: "its code and text cannot be read"}},
		"in CDATA":                     {faultOf("<int>1</int>", "<![CDATA[<a>]]>"), domain.Fault{Code: 1, Text: "<a>"}},
		"without a type of its text":   {faultOf("<int> 1 </int>", "a &amp; b"), domain.Fault{Code: 1, Text: "a & b"}},
		"with a struct as its text":    {faultOf("<int>1</int>", "<struct><member><name>faultString</name><value>x</value></member></struct>"), domain.Fault{Code: 1}},
		"in blanks, as some indent it": {strings.ReplaceAll(faultOf("<int>1</int>", "<string>x</string>"), "><", ">\n  <"), domain.Fault{Code: 1, Text: "x"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := network.New().XMLRPC(t.Context(), callTo(replying(t, tt.body)))
			var got *domain.Fault
			if !errors.As(err, &got) {
				t.Fatalf("got error %v, want a fault", err)
			}
			if diff := cmp.Diff(&tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The secrets of the call are hidden before the text is cut, wherever that is.
func TestFaultsShowNoSecrets(t *testing.T) {
	request := domain.XMLRPCRequest{Network: "tcp", Path: "/RPC2?token=0123456789", Method: "status", Username: "admin", Password: "s3cr3t pass"}
	for _, echo := range []string{"s3cr3t pass", "s3cr3t\n  pass", "S3CR3T%20PASS", "YWRtaW46czNjcjN0IHBhc3M=", "0123456789"} {
		for _, before := range []int{0, 290, 300, 1010, 1017, 1024, 2000} {
			for _, filler := range []string{"x", " "} {
				request.Address = replying(t, faultOf("<int>1</int>", "<string>"+strings.Repeat(filler, before)+"|"+strings.ReplaceAll(echo, "&", "&amp;")+"|</string>"))
				err := network.New().XMLRPC(t.Context(), request)
				for n := len(echo); n >= 4; n-- {
					if err == nil || strings.Contains(err.Error(), echo[:n]) {
						t.Fatalf("%q after %d of %q: %v", echo, before, filler, err)
					}
				}
			}
		}
	}
}

func TestXMLRPCRefusesAnswers(t *testing.T) {
	const shapeless = "the answer is not one methodResponse with either params or a fault"
	deep := strings.Repeat("<value><array><data>", 1000) + strings.Repeat("</data></array></value>", 1000)
	for name, tt := range map[string]struct{ body, want string }{
		"nothing":                    {"", "the answer is empty"},
		"only a declaration":         {declaration, "the answer is empty"},
		"text":                       {"s3cret", "the answer has text outside of its XML document"},
		"text after the document":    {value("<value/>") + "s3cret", "the answer has text outside of its XML document"},
		"a web page":                 {"<html><body>ok</body></html>", "the answer is not a methodResponse"},
		"another call":               {"<methodCall/>", "the answer is not a methodResponse"},
		"two documents":              {strings.Repeat("<methodResponse><params/></methodResponse>", 2), shapeless},
		"an empty methodResponse":    {"<methodResponse/>", shapeless},
		"params and a fault":         {"<methodResponse><params/><fault/></methodResponse>", shapeless},
		"params somewhere else":      {"<methodResponse><a><params/></a></methodResponse>", shapeless},
		"a document that is cut off": {strings.TrimSuffix(value("<value/>"), "</params></methodResponse>"), "the answer is not well-formed XML in its line 1"},
		"crossed elements":           {"\n<methodResponse><params></methodResponse></params>", "the answer is not well-formed XML in its line 2"},
		"an unknown entity":          {value("<value>&s3cret;</value>"), "the answer is not well-formed XML in its line 1"},
		"a control character":        {value("<value>\x01</value>"), "the answer is not well-formed XML in its line 1"},
		"half a character":           {value("<value>\xc3</value>"), "the answer is not well-formed XML in its line 1"},
		"a tag in an attribute":      {value("<value a='<b>'/>"), "the answer is not well-formed XML in its line 1"},
		"a value that is not closed": {value("<value"), "the answer is not well-formed XML in its line 1"},
		"a comment without an end":   {value("<!-- "), "the answer is not well-formed XML in its line 1"},
		"CDATA without an end":       {value("<![CDATA[ ]]"), "the answer is not well-formed XML in its line 1"},
		"an end without a beginning": {"<methodResponse><params/></methodResponse></a>", "the answer is not well-formed XML in its line 1"},
		"an end of another name":     {"<methodResponse><params/></methodresponse>", "the answer is not well-formed XML in its line 1"},
		"a tag without a name":       {value("< >"), "the answer is not well-formed XML in its line 1"},
		"an endless entity":          {value("<value>&" + strings.Repeat("a", 300) + ";</value>"), "the answer is not well-formed XML in its line 1"},
		"bytes that are not UTF-8":   {value("<value>\xff</value>"), "the answer is not well-formed XML in its line 1"},
		"another version of XML":     {`<?xml version="1.7"?><methodResponse><params/></methodResponse>`, "the answer is not well-formed XML in its line 1"},
		"too deep a value":           {value(deep), "the answer is nested too deeply"},
		"a fault that is too deep":   {fault(deep), "the answer is nested too deeply"},
		"300 kB":                     {value("<value>" + strings.Repeat("x", 300<<10) + "</value>"), "the answer is longer than 256 kB"},
		"many attributes":            {value("<value " + strings.Repeat(`a="" `, 101) + "/>"), "the answer has more attributes or comments than XML-RPC has use for"},
		"many comments":              {value(strings.Repeat("<!-- -->", 60) + strings.Repeat("<?a?>", 60)), "the answer has more attributes or comments than XML-RPC has use for"},
		"an entity that is a bomb":   {`<!DOCTYPE a [<!ENTITY b "` + strings.Repeat("&c;", 10) + `">]>` + value("<value>&b;</value>"), "the answer has a document type, which XML-RPC does not know"},
		"an entity from outside":     {`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + value("<value>&x;</value>"), "the answer has a document type, which XML-RPC does not know"},
		"a document type":            {"<!DOCTYPE a><methodResponse><params/></methodResponse>", "the answer has a document type, which XML-RPC does not know"},
	} {
		t.Run(name, func(t *testing.T) {
			err := network.New().XMLRPC(t.Context(), callTo(replying(t, tt.body)))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got error %v, want %s", err, tt.want)
			}
			if network.EndOfInput(err) {
				t.Error("the error is io.EOF, which means the end of the events elsewhere")
			}
		})
	}
}

func TestXMLRPCRefusesOtherStatuses(t *testing.T) {
	for status, want := range map[int]string{
		http.StatusUnauthorized: "the server answered 401 Unauthorized",
		http.StatusFound:        "the server answered 302 Found",
		http.StatusNoContent:    "the server answered 204 No Content",
		599:                     "the server answered 599",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, value("<value/>"))
		}))
		err := network.New().XMLRPC(t.Context(), callTo(server.Listener.Addr().String()))
		if err == nil || err.Error() != want {
			t.Errorf("got error %v, want %s", err, want)
		}
		server.Close()
	}
}

func TestXMLRPCSendsCalls(t *testing.T) {
	const body = `<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>%s</methodName></methodCall>`
	const auth = "Authorization: Basic YWRtaW46\r\n"
	for name, tt := range map[string]struct {
		request domain.XMLRPCRequest
		method  string // in the body
		line    string
		auth    string
	}{
		"a name":                  {domain.XMLRPCRequest{Method: "get_status", Path: "/RPC2"}, "get_status", "/RPC2", ""},
		"a name with a dot":       {domain.XMLRPCRequest{Method: "system.listMethods", Path: "/a b?c=%20"}, "system.listMethods", "/a%20b?c=%20", ""},
		"a name with markup":      {domain.XMLRPCRequest{Method: "a<b&c</methodName>"}, "a&lt;b&amp;c&lt;/methodName&gt;", "/", ""},
		"a name with percents":    {domain.XMLRPCRequest{Method: "50%s%d"}, "50%s%d", "/", ""},
		"a user without password": {domain.XMLRPCRequest{Method: "m", Username: "admin"}, "m", "/", auth},
	} {
		t.Run(name, func(t *testing.T) {
			tt.request.Network = "tcp"
			address, sent := record(t)
			tt.request.Address = address
			if err := network.New().XMLRPC(t.Context(), tt.request); err == nil {
				t.Error("204 was accepted")
			}
			call := strings.Replace(body, "%s", tt.method, 1)
			want := "POST " + tt.line + " HTTP/1.1\r\nHost: " + address + "\r\nUser-Agent: supervisor-healthcheck\r\nAccept: */*\r\nAccept-Encoding: identity\r\n" +
				tt.auth + fmt.Sprintf("Content-Length: %d\r\nContent-Type: text/xml\r\nConnection: close\r\n\r\n", len(call)) + call
			if diff := cmp.Diff(want, sent()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestXMLRPCOverAUnixSocket(t *testing.T) {
	host := make(chan string, 1)
	listener := socket(t)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host <- r.Host
		io.WriteString(w, value("<value/>"))
	})}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	defer func() {
		server.Close()
		<-ended
	}()
	request := domain.XMLRPCRequest{Network: "unix", Address: listener.Addr().String(), Path: "/RPC2", Method: "m"}
	if err := network.New().XMLRPC(t.Context(), request); err != nil {
		t.Fatal(err)
	}
	if got := <-host; got != "localhost" {
		t.Errorf("the Host is %q, want localhost", got)
	}
}

func TestXMLRPCOverAUnixSocketThatHangs(t *testing.T) {
	listener := socket(t)
	serveOn(t, listener, silent)
	request := domain.XMLRPCRequest{Network: "unix", Address: listener.Addr().String(), Path: "/RPC2", Method: "m"}
	wantEnd(t, context.DeadlineExceeded, "timed out after [0-9.]+m?s waiting for the answer", func(limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return network.New().XMLRPC(ctx, request)
	})
}

func FuzzXMLRPCAnswer(f *testing.F) {
	for _, seed := range []string{
		"", declaration, value("<value>x</value>"), value("<value/>"), faultOf("<int>1</int>", "<string>x</string>"),
		faultOf("<string/>", ""), fault("<value><array><data><value/></data></array></value>"),
		`<?xml version="1.0" encoding="latin1"?><methodResponse><params/></methodResponse>`,
		`<!DOCTYPE a [<!ENTITY b "c">]><methodResponse><params>&b;</params></methodResponse>`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := network.ReadAnswer(bytes.NewReader(body))
		var fault *domain.Fault
		if errors.As(err, &fault); fault != nil && len(fault.Text) > 1100 || fault == nil && err != nil && (network.EndOfInput(err) || len(err.Error()) > 100) {
			t.Errorf("error %v", err)
		}
		if pieces := network.ReadAnswer(iotest.OneByteReader(bytes.NewReader(body))); fmt.Sprint(pieces) != fmt.Sprint(err) {
			t.Errorf("as a whole: %v, in pieces: %v", err, pieces)
		}
		if wellFormed, faulty := byTheLibrary(body); wellFormed && (fault != nil) != faulty || wellFormed && !faulty && err != nil {
			t.Errorf("error %v, but encoding/xml reads it, fault %t", err, faulty)
		}
		if err == nil && !strings.Contains(string(body), "methodResponse") {
			t.Error("accepted without a methodResponse")
		}
	})
}

// byTheLibrary reports whether encoding/xml finds one methodResponse with either params or a fault, and which.
func byTheLibrary(body []byte) (wellFormed, fault bool) {
	if bytes.Contains(body, []byte("<!")) || bytes.Count(body, []byte("<?"))+bytes.Count(body, []byte("=")) > 100 || bytes.Contains(body, []byte("encoding")) || bytes.Contains(body, []byte(":")) {
		return false, false // document types are refused; comments and name spaces differ in what does not matter
	}
	decoder, depth, found := xml.NewDecoder(bytes.NewReader(body)), 0, map[string]int{}
	for {
		token, err := decoder.Token()
		switch t := token.(type) {
		case nil:
			return err == io.EOF && found["root"] == 1 && found["params"]+found["fault"] == 1, found["fault"] == 1
		case xml.StartElement:
			if depth++; depth == 1 && t.Name.Local != "methodResponse" || depth > 1000 {
				return false, false
			}
			if depth == 1 {
				found["root"]++
			}
			if depth == 2 {
				found[t.Name.Local]++
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(t)) > 0 {
				return false, false
			}
		}
	}
}
