package watchdog

import (
	"reflect"
	"time"

	"supervisor-healthcheck/domain"
)

// Sizes returns how much the engine and the prober remember: the lengths of all their maps and slices that are not empty,
// by their place, such as "engine.table.rows". Nobody may run the loop meanwhile.
func (w *Watchdog) Sizes() map[string]int {
	sizes := map[string]int{}
	seen := map[uintptr]bool{}
	measure(sizes, seen, "engine", reflect.ValueOf(w.engine))
	measure(sizes, seen, "prober", reflect.ValueOf(w.prober))
	return sizes
}

func measure(sizes map[string]int, seen map[uintptr]bool, place string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() && !seen[v.Pointer()] {
			seen[v.Pointer()] = true
			measure(sizes, seen, place, v.Elem())
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[domain.Watch]() || v.Type() == reflect.TypeFor[time.Time]() {
			return // what is configured does not grow
		}
		for i := range v.NumField() {
			if name := v.Type().Field(i).Name; name != "config" && name != "out" {
				measure(sizes, seen, place+"."+name, v.Field(i))
			}
		}
	case reflect.Map:
		count(sizes, place, v)
		for entries := v.MapRange(); entries.Next(); {
			measure(sizes, seen, place, entries.Value())
		}
	case reflect.Slice:
		count(sizes, place, v)
		for i := range v.Len() {
			measure(sizes, seen, place, v.Index(i))
		}
	}
}

func count(sizes map[string]int, place string, v reflect.Value) {
	if v.Len() > 0 {
		sizes[place] += v.Len()
	}
}
