package domain

// FastCGIRequest asks an application of FastCGI for a page by GET.
type FastCGIRequest struct {
	Network string // "tcp" or "unix"
	Address string // host:port, or the path of the socket
	Path    string // of the script as it was asked for, beginning with a slash; perhaps with a query
}

// FastCGIAnswer is what an application has written.
type FastCGIAnswer struct {
	Status int    // 200 unless its header has another
	Body   string // as it came
}
