package network

import (
	"context"
	"errors"
	"io"
)

// EndOfInput reports whether the error could be taken for the end of the events.
func EndOfInput(err error) bool { return errors.Is(err, io.EOF) }

// ReadAnswer looks at the answer of an XML-RPC call.
func ReadAnswer(ctx context.Context, body []byte) (fault bool, err error) {
	return readAnswer(ctx, body)
}

// DecodeFault makes a fault of an answer that has one.
func DecodeFault(body []byte) error { return decodeFault(body) }
