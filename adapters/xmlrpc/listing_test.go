package xmlrpc

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"supervisor-healthcheck/domain"
)

// sample is a listing as Python's xmlrpc.client writes it for supervisord 4.2.5.
func sample(n int) []byte {
	var b strings.Builder
	b.WriteString("<?xml version='1.0'?>\n<methodResponse>\n<params>\n<param>\n<value><array><data>\n")
	for i := range n {
		b.WriteString("<value><struct>\n")
		for _, m := range [][2]string{
			{"name", fmt.Sprintf("<string>w_%04d</string>", i)}, {"group", fmt.Sprintf("<string>g%d</string>", i/100)},
			{"start", "<int>1795337750</int>"}, {"stop", "<int>0</int>"}, {"now", "<int>1795338750</int>"},
			{"state", "<int>20</int>"}, {"statename", "<string>RUNNING</string>"}, {"spawnerr", "<string></string>"},
			{"exitstatus", "<int>0</int>"}, {"logfile", "<string>/var/log/supervisor/w_0001-stdout---supervisor-abcdefgh.log</string>"},
			{"stdout_logfile", "<string>/var/log/supervisor/w_0001-stdout---supervisor-abcdefgh.log</string>"},
			{"stderr_logfile", "<string>/var/log/supervisor/w_0001-stderr---supervisor-abcdefgh.log</string>"},
			{"pid", fmt.Sprintf("<int>%d</int>", 1000+i)}, {"description", "<string>pid 29398, uptime 0:16:40</string>"},
		} {
			b.WriteString("<member>\n<name>" + m[0] + "</name>\n<value>" + m[1] + "</value>\n</member>\n")
		}
		b.WriteString("</struct></value>\n")
	}
	b.WriteString("</data></array></value>\n</param>\n</params>\n</methodResponse>\n")
	return []byte(b.String())
}

// scanAll reads a listing in the fast way, in pieces of every kind, and with an earlier listing in mind that was like it in parts.
func scanAll(answer []byte) (list []info, ok bool) {
	ok = scanListing(bytes.NewReader(answer), new([windowSize]byte), nil, func(i *info) { list = append(list, *i) })
	var known []texts
	for i, one := range list {
		known = append(known, texts{one.Name, one.Group, one.StdoutLog, "another"})
		if i%3 == 0 {
			known = append(known, texts{})
		}
	}
	var pieces []info
	again := scanListing(iotest.OneByteReader(iotest.DataErrReader(bytes.NewReader(answer))), new([windowSize]byte), known, func(i *info) { pieces = append(pieces, *i) })
	if ok != again || ok && !slices.Equal(list, pieces) {
		panic("it depends on the pieces in which the answer comes, or on what was listed before")
	}
	return list, ok
}

func oracle(t *testing.T, answer []byte) (fast bool) {
	t.Helper()
	got, ok := scanAll(answer)
	if !ok {
		return false
	}
	asKolo(t, answer, got)
	return true
}

// asKolo fails unless kolo reads the same.
func asKolo[T any](t *testing.T, answer []byte, got T) {
	t.Helper()
	var want T
	if err := decode("m", answer, &want); err != nil {
		t.Fatalf("kolo refuses what the scanner took: %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Fatalf("kolo reads something else: %s", diff)
	}
}

// scanned is an answer, and whether the scanner takes it.
type scanned struct {
	answer string
	fast   bool
}

func areTaken(t *testing.T, cases map[string]scanned, oracle func(*testing.T, []byte) bool) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if fast := oracle(t, []byte(c.answer)); fast != c.fast {
				t.Errorf("the scanner took it: %v", fast)
			}
		})
	}
}

// single is the answer of getProcessInfo that has the first process of a listing; the listing is one of sample.
func single(listing string) string {
	return strings.NewReplacer("<array><data>\n<value>", "", "</value>\n</data></array>", "").Replace(listing)
}

func oracleOfSingle(t *testing.T, answer []byte) (fast bool) {
	t.Helper()
	got, ok := scanSingle(answer)
	if !ok {
		return false
	}
	asKolo(t, answer, got)
	return true
}

func TestASingleProcessIsReadAsKoloReadsIt(t *testing.T) {
	usual := single(string(sample(1)))
	swap := func(from, to string) string { return strings.ReplaceAll(usual, from, to) }
	areTaken(t, map[string]scanned{
		"as supervisord writes it": {usual, true},
		"without line feeds":       {swap("\n", ""), true},
		"entities":                 {swap("w_0000", "&lt;&#x263a;é"), true},
		"a member missing":         {swap("spawnerr", "spawnfault"), false},
		"an attribute":             {swap("<struct>", "<struct a='b'>"), false},
		"a list":                   {string(sample(1)), false},
		"two of it":                {usual + usual, false},
		"a fault":                  {swap("params>", "fault>"), false},
		"nothing":                  {"", false},
	}, oracleOfSingle)
	for n := range usual {
		if _, ok := scanSingle([]byte(usual[:n])); ok && n < len(usual)-2 {
			t.Fatalf("the fast way takes %d bytes of %d for the whole", n, len(usual))
		}
	}
	one, _ := scanSingle([]byte(usual))
	if list, _ := scanAll(sample(1)); len(list) != 1 || list[0] != one {
		t.Errorf("the listing says something else: %v, %v", list, one)
	}
}

func TestListingsAreReadAsKoloReadsThem(t *testing.T) {
	swap := func(from, to string) string { return strings.ReplaceAll(string(sample(2)), from, to) }
	areTaken(t, map[string]scanned{
		"as supervisord writes it":     {swap("", ""), true},
		"no process":                   {string(sample(0)), true},
		"a hundred":                    {string(sample(100)), true},
		"without line feeds":           {swap("\n", ""), true},
		"with blanks between the tags": {swap("\n", "\n   "), true},
		"entities":                     {swap("w_0001", "&lt;&gt;&amp;&quot;&apos;&#65;&#x263a;&#x1F600;"), true},
		"entities in other members":    {swap("uptime", "&lt;&amp;&#10;"), false},
		"other alphabets":              {swap("w_0001", "é☃😀\u2028\u00a0\ufffd"), true},
		"blanks in a text":             {swap("w_0001", " w\t1\n "), true},
		"negative numbers":             {swap("<int>0</int>", "<int>-1</int>"), true},
		"members that are not known":   {swap("description", "shiny_new"), true},
		"another order":                {swap("spawnerr", "exit_status"), false},
		"a carriage return":            {swap("w_0001", "w\r1"), false},
		"a control character":          {swap("uptime", "\x01"), false},
		"a forbidden reference":        {swap("uptime", "&#1;"), false},
		"a surrogate":                  {swap("uptime", "&#xD800;"), false},
		"an unknown entity":            {swap("uptime", "&eacute;"), false},
		"an entity without end":        {swap("uptime", "&amp"), false},
		"a non-character":              {swap("uptime", "\uffff"), false},
		"not UTF-8":                    {swap("uptime", "\xc3"), false},
		"the end of CDATA":             {swap("uptime", "]]>"), false},
		"a comment":                    {swap("uptime", "<!-- x -->"), false},
		"a number too large":           {swap("<int>20</int>", "<int>9223372036854775808</int>"), false},
		"the greatest number":          {swap("<int>20</int>", "<int>9223372036854775807</int>"), true},
		"a number with a blank":        {swap("<int>20</int>", "<int> 20</int>"), false},
		"an empty number":              {swap("<int>20</int>", "<int></int>"), false},
		"i4":                           {swap("int>", "i4>"), false},
		"text without a type":          {swap("<string>RUNNING</string>", "RUNNING"), false},
		"an empty value":               {swap("<value><int>20</int></value>", "<value/>"), false},
		"a member twice":               {swap("logfile", "pid"), false},
		"a member missing":             {swap("spawnerr", "spawnfault"), false},
		"an attribute":                 {swap("<struct>", "<struct a='b'>"), false},
		"another encoding":             {swap("?>", " encoding='latin-1'?>"), false},
		"something after it":           {string(sample(2)) + "x", false},
		"two of it":                    {string(sample(1)) + string(sample(1)), false},
		"a fault":                      {swap("params>", "fault>"), false},
		"nothing":                      {"", false},
	}, oracle)
}

func TestAListingThatIsCutIsWholeOrRefused(t *testing.T) {
	whole := sample(2)
	want, err := readProcesses("m", whole)
	if err != nil {
		t.Fatal(err)
	}
	for n := range whole {
		if _, ok := scanAll(whole[:n]); ok && n < len(whole)-2 {
			t.Fatalf("the fast way takes %d bytes of %d for the whole", n, len(whole))
		}
		if got, err := readProcesses("m", whole[:n]); err == nil && !cmp.Equal(want, got) {
			t.Fatalf("after %d bytes of %d: %v", n, len(whole), got)
		}
	}
}

func TestTheScannerKeepsNoPartOfTheAnswer(t *testing.T) {
	answer := sample(3)
	got, _ := scanAll(answer)
	want, _ := scanAll(sample(3))
	clear(answer)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func FuzzListing(f *testing.F) {
	for _, seed := range []string{string(sample(0)), string(sample(2)), strings.ReplaceAll(string(sample(1)), "w_", "&#65;é"),
		strings.ReplaceAll(string(sample(1)), "\n", "")} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) { oracle(t, answer) })
}

func FuzzSingle(f *testing.F) {
	for _, seed := range []string{string(sample(1)), strings.ReplaceAll(string(sample(1)), "w_", "&#65;é"), strings.ReplaceAll(string(sample(1)), "\n", "\n ")} {
		f.Add([]byte(single(seed)))
	}
	f.Fuzz(func(t *testing.T, answer []byte) { oracleOfSingle(t, answer) })
}

func FuzzAnswer(f *testing.F) {
	const text = "<?xml version='1.0'?><methodResponse><params><param><value><struct><member><name>name</name><value><string>w</string></value></member>" +
		"<member><name>group</name><value><string>g</string></value></member><member><name>statename</name><value><string>FATAL</string></value></member>" +
		"</struct></value></param></params></methodResponse>"
	for _, seed := range []string{text, strings.Replace(text, "params", "fault", 2), "<value><boolean>1</boolean></value>",
		"<value><int>1</int></value>", "<value>x</value>", "<value/>", strings.Repeat("<value><array><data>", 30), "<fault></fault>", ""} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		if len(answer) > 1024 { // kolo and encoding/xml take a millisecond for more, and more is no other case
			return
		}
		_, err1 := readProcesses("m", answer)
		_, err2 := readSettings("m", answer)
		_, err3 := readProcess("m", answer, domain.ID{Group: "g0", Name: "w_0000"})
		var yes bool
		var number int
		var text string
		for _, err := range []error{err1, err2, err3, decode("m", answer, &yes), decode("m", answer, &number), decode("m", answer, &text)} {
			var known *failure
			if err != nil && !errors.As(err, &known) {
				t.Fatalf("%v is not one of ours", err)
			}
		}
	})
}

func BenchmarkListing(b *testing.B) {
	for _, n := range []int{10, 100, 1000} {
		answer := sample(n)
		b.Run(fmt.Sprintf("scanner/%d", n), func(b *testing.B) {
			room := new([windowSize]byte)
			var known remembered
			b.ReportAllocs()
			for b.Loop() {
				list, ok, err := scanProcesses(bytes.NewReader(answer), room, known.read())
				if !ok || err != nil {
					b.Fatal(ok, err)
				}
				known.learn(list)
			}
		})
		b.Run(fmt.Sprintf("kolo/%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var list []info
				if err := decode("m", answer, &list); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
