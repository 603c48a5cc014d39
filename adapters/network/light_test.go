package network_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"supervisor-healthcheck/adapters/network"
)

// bombs are answers that cost a reader of XML much more than they are long, or that might.
func bombs() map[string]string {
	const long = 255 << 10
	fill := func(text string) string { return strings.Repeat(text, long/len(text)) }
	spaces := &strings.Builder{}
	for n := 0; spaces.Len() < long; n++ {
		fmt.Fprintf(spaces, `xmlns:a%x="b" `, n)
	}
	return map[string]string{
		"attributes":                     value("<value " + fill(`a="" `) + "/>"),
		"attributes in single quotes":    value("<value " + fill("a='>' ") + "/>"),
		"attributes without blanks":      value("<value " + fill(`a=""`) + "/>"),
		"attributes of many tags":        value(fill(`<a b=""/>`)),
		"attributes behind comments":     value(`<!-- ' " --><![CDATA[ ' " ]]><?a ' " ?><value ` + fill(`a="" `) + "/>"),
		"attributes behind text":         value(`' " > <value ` + fill(`a="" `) + "/>"),
		"attributes behind an attribute": value(`<a b=" > ' " c=' > " '/><value ` + fill(`a="" `) + "/>"),
		"namespaces":                     value("<value " + spaces.String() + "/>"),
		"comments":                       value(fill("<!---->")),
		"instructions":                   value(fill("<?a?>")),
		"a document type":                "<!DOCTYPE a [" + fill(`<!ENTITY b "c">`) + "]>" + value("<value/>"),
		"an unknown encoding":            `<?xml version="1.0" encoding="ebcdic"?>` + strings.TrimPrefix(value("<value>"+fill("\xff")+"</value>"), declaration),
		"a long number":                  value("<value><int>" + fill("9") + "</int></value>"),
		"a long text":                    value("<value><![CDATA[" + fill("x") + "]]></value>"),
		"a long text of a fault":         faultOf("<int>1</int>", "<string>"+fill("x")+"</string>"),
		"a long name":                    value("<" + fill("x") + "/>"),
	}
}

func TestBombsOfXMLCostLittleMemory(t *testing.T) {
	for name, body := range bombs() {
		t.Run(name, func(t *testing.T) {
			if made := memory([]byte(body)); made > 4<<20 {
				t.Errorf("%d bytes made %d bytes of memory", len(body), made)
			}
		})
	}
}

// memory is how many bytes are made of an answer while its shape is read, thrown away or not.
func memory(answer []byte) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _ = network.ReadAnswer(context.Background(), answer)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzBombsOfXML repeats what it has found until the answer is as long as it may be. Empty tags, the dearest of what is
// let through, make 48 bytes of memory for each of their own, none of which is kept.
func FuzzBombsOfXML(f *testing.F) {
	for _, seed := range [][3]string{
		{"<methodResponse><params><a ", `b="" `, "/></params></methodResponse>"}, {"<methodResponse><params>", "<i/>", "</params></methodResponse>"},
		{"<methodResponse>", "<!---->", "<params/></methodResponse>"}, {"<methodResponse>", "<?a?>", "<params/></methodResponse>"},
		{`<a b=">`, ` ' `, `">`}, {"<methodResponse>", "<a>", ""}, {"<methodResponse>", "<a b='c'>d</a>", "<params/></methodResponse>"},
	} {
		f.Add(seed[0], seed[1], seed[2])
	}
	f.Fuzz(func(t *testing.T, before, again, after string) {
		const longest = 256 << 10
		room := longest - len(before) - len(after)
		if room < len(again) || again == "" {
			t.Skip()
		}
		body := []byte(before + strings.Repeat(again, room/len(again)) + after)
		if made := memory(body); made > 51*longest {
			t.Errorf("%d bytes made %d bytes of memory", len(body), made)
		}
	})
}
