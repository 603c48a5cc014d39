package supervisord

import "supervisor-healthcheck/domain"

// multicall answers with bare values and fault structs, in order. While one call waits the following have to, and they
// are never made if the client hangs up.
func (s *Server) multicall(args []any) (any, error) {
	calls, ok := args[0].([]any)
	if !ok {
		return nil, fault(incorrectParameters)
	}
	results := []any{}
	var current deferred
	more := deferred(func() (any, bool, error) {
		for {
			if current != nil {
				answer, done, err := current()
				if !done {
					return nil, false, nil
				}
				results, current = append(results, bare(answer, err)), nil
			}
			if len(calls) == 0 {
				return results, true, nil
			}
			answer, err := s.inner(calls[0])
			calls = calls[1:]
			if current, ok = answer.(deferred); !ok {
				results = append(results, bare(answer, err))
			}
		}
	})
	if answer, done, err := more(); done {
		return answer, err
	}
	return more, nil
}

// inner makes one call of a multicall. Rules that force a fault hold for it too.
func (s *Server) inner(call any) (any, error) {
	fields, _ := call.(map[string]any)
	name, ok := fields["methodName"].(string)
	args, _ := fields["params"].([]any)
	switch {
	case !ok:
		return nil, fault(incorrectParameters, "No methodName")
	case name == "system.multicall":
		return nil, fault(incorrectParameters, "Recursive system.multicall forbidden")
	}
	s.note(name, args)
	rule := s.match(name, args, func(r *Rule) bool { return r.Fault != 0 })
	if rule == nil {
		return s.invoke(name, args)
	}
	if rule.DoIt {
		_, _ = s.invoke(name, args) // the forced fault hides its answer
	}
	return nil, rule.fault()
}

func bare(answer any, err error) any {
	if err == nil {
		return answer
	}
	refused, ok := err.(*domain.Fault)
	if !ok {
		refused = fault(failed, err.Error())
	}
	return structure{{"faultCode", refused.Code}, {"faultString", refused.Text}}
}
