package main

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"supervisor-healthcheck/domain"
	"supervisor-healthcheck/domain/checks"
)

// duration reads a duration of more than nothing.
func (r *reader) duration(long, text string) time.Duration {
	d, ok := domain.ParseDuration(text)
	if !r.absent(long, text) && (!ok || d == 0) {
		r.refuse(long, text, "write a duration of more than nothing such as 30, 30.5, 30s or 5m")
	}
	return d
}

// count reads a whole number.
func (r *reader) count(long, text string, least, most int) int {
	n, err := strconv.Atoi(text)
	if !r.absent(long, text) && (err != nil || n < least || n > most) {
		r.refuse(long, text, fmt.Sprintf("write a whole number from %d to %d", least, most))
	}
	return n
}

// kilobytes reads a limit of memory.
func (r *reader) kilobytes(long, text string) uint64 {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil || n == 0 || n > math.MaxUint64/1024 {
		r.refuse(long, text, "write the limit in kilobytes without a unit, such as 204800 for 200 MB")
	}
	return n
}

// percent reads a share of one CPU, which may be above 100.
func (r *reader) percent(long, text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0) || math.IsInf(n, 0) {
		r.refuse(long, text, "write a percentage above 0 without a sign, such as 90; 100 is one core")
	}
	return n
}

func (r *reader) headers(long, text string) map[string]string {
	if r.absent(long, text) {
		return nil
	}
	headers, err := checks.ParseHeaders(text)
	r.refuseError(long, err)
	return headers
}

func (r *reader) port(long, text string) checks.PortSpec {
	if r.absent(long, text) {
		return checks.PortSpec{}
	}
	spec, err := checks.ParsePortSpec(text)
	r.refuseError(long, err)
	return spec
}
