package xmlrpc

import (
	"bytes"
	"time"
)

// Within changes how long a call may take.
func (c *Client) Within(timeout time.Duration) *Client {
	c.timeout = timeout
	return c
}

// AtMost changes how long a listing may be, in bytes.
func (c *Client) AtMost(most int64) *Client {
	c.max = most
	return c
}

// Cure is what the operator is told to do about an error of a connection.
func Cure(err error) string { return cure(err) }

// ScanListing lets the tests against a real supervisord ask whether the fast way reads its answers.
func ScanListing(answer []byte) (n int, ok bool) {
	ok = scanListing(bytes.NewReader(answer), new([windowSize]byte), nil, func(*info) { n++ })
	return n, ok
}

// LastExit finds the last end of a process in supervisord's log.
var LastExit = lastExit

// LastLines cuts the end of a log into lines.
var LastLines = lastLines
