package view

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"supervisor-healthcheck/adapters/web"
	"supervisor-healthcheck/domain"
)

// Measured is what all listeners have measured of one kind: the one that is the nearest to its limit, or the highest if none has one.
func (p Process) Measured(of domain.Measured) (worst web.Measure, found bool) {
	for _, one := range append([]web.Process{p.Process}, p.Others...) {
		for _, v := range one.Verdicts {
			for _, m := range v.Measures {
				if m.Of == of && (!found || nearer(m, worst)) {
					worst, found = m, true
				}
			}
		}
	}
	return worst, found
}

func nearer(a, b web.Measure) bool {
	if (a.Limit > 0) != (b.Limit > 0) {
		return a.Limit > 0
	}
	if a.Limit > 0 {
		return a.Value*b.Limit > b.Value*a.Limit
	}
	return a.Value > b.Value
}

// measured are the columns of what is measured.
var measured = []struct {
	head  string
	of    domain.Measured
	shown func(web.Measure) string
}{
	{"MEM", domain.MeasuredMemory, memory},
	{"CPU", domain.MeasuredCPU, func(m web.Measure) string { return ofLimit(m, 0.01, "%") }},
}

// Shown is a measure of one of these kinds as the table has it, and its value; empty if there is none.
func (p Process) Shown(of domain.Measured) (text string, value float64) {
	for _, column := range measured {
		if m, has := p.Measured(of); has && column.of == of {
			return column.shown(m), m.Value
		}
	}
	return "", 0
}

// measures are the heads and the cells of those columns that have something in them.
func measures(all []Process) (heads []string, cells [][]string) {
	cells = make([][]string, len(all))
	for _, column := range measured {
		if !slices.ContainsFunc(all, func(p Process) bool { _, has := p.Measured(column.of); return has }) {
			continue
		}
		heads = append(heads, column.head)
		for i, p := range all {
			text := ""
			if m, has := p.Measured(column.of); has {
				text = column.shown(m)
			}
			cells[i] = append(cells[i], text)
		}
	}
	return heads, cells
}

// memory is in the unit of what is larger, such as 212/800MB.
func memory(m web.Measure) string {
	switch most := max(m.Value, m.Limit); {
	case most < 1<<20:
		return ofLimit(m, 1<<10, "KB")
	case most < 10<<30:
		return ofLimit(m, 1<<20, "MB")
	}
	return ofLimit(m, 1<<30, "GB")
}

func ofLimit(m web.Measure, unit float64, name string) string {
	if m.Limit > 0 {
		return amount(m.Value/unit) + "/" + amount(m.Limit/unit) + name
	}
	return amount(m.Value/unit) + name
}

// amount has a decimal where it would be one digit otherwise.
func amount(x float64) string {
	if x < 10 {
		x = math.Round(10*x) / 10
	} else {
		x = math.Round(x)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// performance is what Nagios draws: label=value[UOM];warn;crit.
func (p Process) performance() []string {
	var all []string
	for _, kind := range []struct {
		of   domain.Measured
		unit float64
		name string
	}{{domain.MeasuredMemory, 1, "B"}, {domain.MeasuredCPU, 0.01, "%"}, {domain.MeasuredAnswer, 1, "s"}} {
		m, found := p.Measured(kind.of)
		if !found {
			continue
		}
		figure := func(x float64) string { return strconv.FormatFloat(math.Round(1e6*x/kind.unit)/1e6, 'f', -1, 64) }
		text := label(p.Name+" "+string(kind.of)) + "=" + figure(m.Value) + kind.name
		if m.Limit > 0 {
			text += ";;" + figure(m.Limit)
		}
		all = append(all, text)
	}
	return all
}

// label is in quotes, and has nothing in it that would end it.
func label(text string) string {
	return "'" + strings.NewReplacer("'", "''", "=", "_", "|", "/", "\n", " ").Replace(text) + "'"
}
