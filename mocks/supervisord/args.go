package supervisord

import "fmt"

func constant(v any) func([]any) (any, error) {
	return func([]any) (any, error) { return v, nil }
}

func named(run func(name string) (any, error)) func([]any) (any, error) {
	return func(args []any) (any, error) {
		name, ok := args[0].(string)
		if !ok {
			return nil, errInternal
		}
		return run(name)
	}
}

func waiting(run func(name string, wait bool) (any, error)) func([]any) (any, error) {
	return func(args []any) (any, error) {
		return named(func(name string) (any, error) { return run(name, wait(args, 1)) })(args)
	}
}

func signalling(run func(name, signal string) (any, error)) func([]any) (any, error) {
	return func(args []any) (any, error) {
		return named(func(name string) (any, error) { return run(name, fmt.Sprint(args[1])) })(args)
	}
}

// wait is the optional argument wait, which is true when left out.
func wait(args []any, at int) bool {
	if len(args) <= at {
		return true
	}
	switch v := args[at].(type) {
	case bool:
		return v
	case int:
		return v != 0
	case string:
		return v != ""
	}
	return args[at] != nil
}
