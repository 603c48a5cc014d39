package simulation

import "reflect"

// reach counts what can be reached from a value: elements, entries and fields of basic kinds, each pointer once. It is a
// measure of what a value remembers.
func reach(v reflect.Value, seen map[uintptr]bool) int {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return 0
		}
		seen[v.Pointer()] = true
		return reach(v.Elem(), seen)
	case reflect.Interface:
		if v.IsNil() {
			return 0
		}
		return reach(v.Elem(), seen)
	case reflect.Struct:
		sum := 0
		for n := range v.NumField() {
			sum += reach(v.Field(n), seen)
		}
		return sum
	case reflect.Slice, reflect.Array:
		sum := 0
		for n := range v.Len() {
			sum += reach(v.Index(n), seen)
		}
		return sum
	case reflect.Map:
		sum := 0
		for entries := v.MapRange(); entries.Next(); {
			sum += reach(entries.Key(), seen) + reach(entries.Value(), seen)
		}
		return sum
	case reflect.String:
		return 1 + v.Len()/8
	}
	return 1
}
