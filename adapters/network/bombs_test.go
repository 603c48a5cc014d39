package network_test

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"supervisor-healthcheck/adapters/network"
)

// bombs are answers that cost a reader that builds what it reads much more than they are long.
func bombs() map[string]string {
	const long = 255 << 10
	fill := func(text string) string { return strings.Repeat(text, long/len(text)) }
	spaces := &strings.Builder{}
	for n := 0; spaces.Len() < long; n++ {
		fmt.Fprintf(spaces, `xmlns:a%x="b" `, n)
	}
	return map[string]string{
		"attributes":             value("<value " + fill(`a="" `) + "/>"),
		"attributes of many":     value(fill(`<a b=""/>`)),
		"namespaces":             value("<value " + spaces.String() + "/>"),
		"tags":                   value("<value>" + fill("<i/>") + "</value>"),
		"comments":               value(fill("<!---->")),
		"instructions":           value(fill("<?a?>")),
		"a document type":        "<!DOCTYPE a [" + fill(`<!ENTITY b "c">`) + "]>" + value("<value/>"),
		"an unknown encoding":    `<?xml version="1.0" encoding="ebcdic"?>` + strings.TrimPrefix(value("<value>"+fill("\xff")+"</value>"), declaration),
		"a long number":          value("<value><int>" + fill("9") + "</int></value>"),
		"a long text":            value("<value><![CDATA[" + fill("x") + "]]></value>"),
		"a long text of a fault": faultOf("<int>1</int>", "<string>"+fill("x")+"</string>"),
		"a long code of a fault": faultOf("<int>"+fill("1")+"</int>", "x"),
		"a long name":            value("<" + fill("x") + "/>"),
		"long names within":      fill("<" + strings.Repeat("x", 250) + ">"),
		"entities":               value("<value>" + fill("&lt;") + "</value>"),
		"nesting":                fill("<a>"),
	}
}

// TestBombsOfXMLCostNoMemory holds every answer to what a piece, a name, the elements that are open and the text of a fault
// take: 32 kB, whatever the length.
func TestBombsOfXMLCostNoMemory(t *testing.T) {
	for name, body := range bombs() {
		t.Run(name, func(t *testing.T) {
			if made := memory([]byte(body)); made > 32<<10 {
				t.Errorf("%d bytes made %d bytes of memory", len(body), made)
			}
		})
	}
}

// memory is how many bytes are made of an answer while it is read, thrown away or not.
func memory(answer []byte) uint64 {
	reader := bytes.NewReader(answer)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_ = network.ReadAnswer(reader)
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// stuck is an answer of which the rest does not come.
type stuck struct {
	come io.Reader
	at   func() // told once, when all that comes was read
	end  <-chan struct{}
}

func (s *stuck) Read(p []byte) (int, error) {
	if n, err := s.come.Read(p); err == nil {
		return n, nil
	}
	s.at()
	<-s.end
	return 0, io.ErrUnexpectedEOF
}

func TestAnswersThatAreHeldCostLittle(t *testing.T) {
	const probes = 50
	for name, body := range map[string]string{
		"a text":  "<methodResponse><params><param>" + strings.Repeat("x", 250<<10),
		"a fault": strings.TrimSuffix(faultOf("<int>1</int>", strings.Repeat("x", 250<<10)), "</value></member></struct></value></fault></methodResponse>"),
		"nesting": "<methodResponse>" + strings.Repeat("<"+strings.Repeat("x", 200)+">", 990),
	} {
		t.Run(name, func(t *testing.T) {
			end := make(chan struct{})
			var here, gone sync.WaitGroup
			before := alive()
			for range probes {
				here.Add(1)
				gone.Go(func() { network.ReadAnswer(&stuck{strings.NewReader(body), here.Done, end}) })
			}
			here.Wait()
			if held := alive() - before; held > probes*24<<10 {
				t.Errorf("%d bytes are held by %d probes", held, probes)
			}
			close(end)
			gone.Wait()
		})
	}
}

// alive is how many bytes are in use, stacks included.
func alive() int64 {
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return int64(now.HeapAlloc + now.StackInuse)
}

// counted counts the pieces that are read of all answers together.
type counted struct {
	io.Reader
	pieces *atomic.Int64
}

func (c counted) Read(p []byte) (int, error) {
	c.pieces.Add(1)
	return c.Reader.Read(p)
}

// TestBombsOfXMLLeaveTheProcessorToOthers has an event wait for its answer, on one processor, for a few pieces of each
// answer that is being read, instead of for all of them.
func TestBombsOfXMLLeaveTheProcessorToOthers(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const probes = 50
	body := value("<value>" + strings.Repeat("<i/>", 30<<10) + "</value>")
	var pieces atomic.Int64
	var all sync.WaitGroup
	for range probes {
		all.Go(func() { network.ReadAnswer(counted{strings.NewReader(body), &pieces}) })
	}
	for range 5 {
		before := pieces.Load()
		runtime.Gosched()
		if waited := pieces.Load() - before; waited > 4*probes {
			t.Errorf("%d pieces were read in the meantime", waited)
		}
	}
	all.Wait()
}

// FuzzBombsOfXML repeats what it has found until the answer is as long as it may be.
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
		if made := memory(body); made > 40<<10 {
			t.Errorf("%d bytes made %d bytes of memory", len(body), made)
		}
	})
}

func BenchmarkBombs(b *testing.B) {
	for name, body := range bombs() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				_ = network.ReadAnswer(strings.NewReader(body))
			}
		})
	}
}
