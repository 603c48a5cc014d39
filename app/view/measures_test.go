package view_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"supervisor-healthcheck/adapters/terminal"
	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/app/view"
	"supervisor-healthcheck/domain"
)

func having(p web.Process, all ...web.Measure) web.Process {
	p.Verdicts[0].Measures = all
	return p
}

func of(what domain.Measured, value, limit float64) web.Measure {
	return web.Measure{Check: string(what), Of: what, Value: value, Limit: limit}
}

// What is nearest to its limit is shown, in the unit of what is larger. A column that has nothing in it is left out.
func TestWhatIsMeasuredHasColumns(t *testing.T) {
	const mb = 1 << 20
	memory := func(value, limit float64) web.Measure { return of(domain.MeasuredMemory, value, limit) }
	cpu := func(value, limit float64) web.Measure { return of(domain.MeasuredCPU, value, limit) }
	for sentence, c := range map[string]struct {
		measures []web.Measure
		others   []web.Measure // what another listener has measured
		want     string        // the columns, and what stands in them
	}{
		"nothing":                {nil, nil, ""},
		"others":                 {[]web.Measure{of(domain.MeasuredAnswer, 1, 2)}, nil, ""},
		"memory":                 {[]web.Measure{memory(212*mb, 800*mb)}, nil, "MEM 212/800MB"},
		"without a limit":        {[]web.Measure{memory(212.4*mb, 0)}, nil, "MEM 212MB"},
		"little memory":          {[]web.Measure{memory(100<<10, 512<<10)}, nil, "MEM 100/512KB"},
		"little of much":         {[]web.Measure{memory(1.25*mb, 9000*mb)}, nil, "MEM 1.3/9000MB"},
		"much memory":            {[]web.Measure{memory(3<<30, 64<<30)}, nil, "MEM 3/64GB"},
		"processors":             {[]web.Measure{cpu(0.031, 0.9)}, nil, "CPU 3.1/90%"},
		"both":                   {[]web.Measure{cpu(2.5, 4), memory(0, 5*mb)}, nil, "MEM CPU 0/5MB 250/400%"},
		"the nearest":            {[]web.Measure{memory(5*mb, 10*mb), memory(50*mb, 60*mb), memory(99*mb, 200*mb)}, nil, "MEM 50/60MB"},
		"what has a limit":       {[]web.Measure{memory(99*mb, 0), memory(10*mb, 60*mb), memory(200*mb, 0)}, nil, "MEM 10/60MB"},
		"the highest of neither": {[]web.Measure{memory(99*mb, 0), memory(200*mb, 0)}, nil, "MEM 200MB"},
		"of others too":          {nil, []web.Measure{memory(5*mb, 10*mb)}, "MEM 5/10MB"},
	} {
		t.Run(sentence, func(t *testing.T) {
			s := view.Status{Listeners: []web.Status{told("one", having(process("web", domain.ConditionHealthy, "", ""), c.measures...)),
				told("two", having(process("web", domain.ConditionHealthy, "", ""), c.others...))}}
			all, _ := s.Processes(nil)
			var out bytes.Buffer
			if err := view.Write(&out, terminal.Screen{}, s, all, noon()); err != nil {
				t.Fatal(err)
			}
			head, line, _ := strings.Cut(out.String(), "\n")
			got := strings.Fields(between(head, "RESTARTS", "CHECKED") + between(line, "in 1h", "3s ago"))
			if strings.Join(got, " ") != c.want {
				t.Errorf("%q, want %q:\n%s", got, c.want, out.String())
			}
		})
	}
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}

// A process that has nothing measured has a dash where others have something.
func TestWhatIsNotMeasuredIsADash(t *testing.T) {
	s := view.Status{Listeners: []web.Status{told("one", process("api", domain.ConditionHealthy, "", ""),
		having(process("web", domain.ConditionHealthy, "", ""), of(domain.MeasuredCPU, 0.5, 0.9)))}}
	all, _ := s.Processes(nil)
	var out bytes.Buffer
	if err := view.Write(&out, terminal.Screen{}, s, all, noon()); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	if got := strings.TrimSpace(between(lines[1], "in 1h", "3s ago")); got != "-" {
		t.Errorf("%q:\n%s", got, out.String())
	}
}

func TestNagiosDrawsWhatIsMeasured(t *testing.T) {
	s := view.Status{Listeners: []web.Status{told("one",
		having(process("it's=a|b", domain.ConditionHealthy, "", ""), of(domain.MeasuredMemory, 222298112, 838860800), of(domain.MeasuredCPU, 0.031, 0.9),
			of(domain.MeasuredAnswer, 0.0115, 0), of(domain.MeasuredThreads, 7, 500)),
		process("off", domain.ConditionStopped, "", ""))}}
	all, _ := s.Processes(nil)
	var out bytes.Buffer
	if status, err := view.WriteNagios(&out, s, all); status != view.Fine || err != nil {
		t.Errorf("%d %v", status, err)
	}
	_, data, _ := strings.Cut(out.String(), "'healthy'=1 ")
	want := "'it''s_a/b memory'=222298112B;;838860800 'it''s_a/b cpu'=3.1%;;90 'it''s_a/b answer'=0.0115s\n"
	if diff := cmp.Diff(want, data); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
