package domain

// DNSRequest asks a name server.
type DNSRequest struct {
	Address string // host:port of the server
	Name    string // what is asked for, as it is meant: nothing is added to it
	Type    string // of the records, such as AAAA: one of DNSTypes
}

// DNSTypes are those of the records that can be asked for.
func DNSTypes() []string {
	return []string{"A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"}
}

// DNSAnswer is what the server has answered.
type DNSAnswer struct {
	Code    string   // such as NXDOMAIN; NOERROR if the name is there, even if it has no such record
	Records []string // those of the type, as they are written in a zone
}
