package xmlrpc

import "bytes"

// ScanListing lets the tests against a real supervisord ask whether the fast way reads its answers.
func ScanListing(answer []byte) (n int, ok bool) {
	ok = scanListing(bytes.NewReader(answer), new([windowSize]byte), func(*info) { n++ })
	return n, ok
}
