package xmlrpc

import (
	"errors"

	"supervisor-healthcheck/adapters/wire"
	"supervisor-healthcheck/domain"
)

// decode reads the answer of the method into out, see wire.Decode.
func decode(method string, answer []byte, out any) error {
	err := wire.Decode(answer, out)
	var fault *domain.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return faulty(method, fault)
	}
	return unreadable("%s", err)
}
