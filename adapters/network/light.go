package network

import (
	"bytes"
	"errors"
)

// mostAttributes is how many attributes an answer may have in all, and how many comments and instructions. XML-RPC has
// none; some servers write a few.
const mostAttributes = 100

// light finds, without making any memory, what would make encoding/xml use many times the memory that the answer takes:
// it builds all attributes of a tag. Up to its first fault it tells the parts of the answer apart as encoding/xml does.
func light(answer []byte) error {
	attributes, others := 0, 0
	for rest, found := answer, true; found; {
		if _, rest, found = bytes.Cut(rest, []byte("<")); !found {
			break
		}
		switch {
		case bytes.HasPrefix(rest, []byte("![CDATA[")):
			_, rest, found = bytes.Cut(rest, []byte("]]>"))
		case bytes.HasPrefix(rest, []byte("!--")):
			_, rest, found = bytes.Cut(rest[len("!--"):], []byte("-->"))
			others++
		case bytes.HasPrefix(rest, []byte("?")):
			_, rest, found = bytes.Cut(rest, []byte("?>"))
			others++
		case bytes.HasPrefix(rest, []byte("!")):
			return errors.New("the answer has a document type, which XML-RPC does not know")
		default:
			var quoted int
			rest, quoted = afterTag(rest)
			attributes += quoted
		}
		if attributes > mostAttributes || others > mostAttributes {
			return errors.New("the answer has more attributes or comments than XML-RPC has use for")
		}
	}
	return nil
}

// afterTag passes over a tag and counts the values in it, which may have any character but their own quote.
func afterTag(rest []byte) (after []byte, quoted int) {
	for {
		at := bytes.IndexAny(rest, `>"'`)
		if at < 0 {
			return nil, quoted
		}
		found := rest[at]
		rest = rest[at+1:]
		if found == '>' {
			return rest, quoted
		}
		quoted++
		_, rest, _ = bytes.Cut(rest, []byte{found})
	}
}
