package network

import (
	"errors"
	"io"
)

// EndOfInput reports whether the error could be taken for the end of the events.
func EndOfInput(err error) bool { return errors.Is(err, io.EOF) }

// ReadAnswer looks at the answer of an XML-RPC call.
func ReadAnswer(body io.Reader) error { return readAnswer(body) }
