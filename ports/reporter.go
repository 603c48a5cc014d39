package ports

import "supervisor-healthcheck/domain"

//go:generate go tool mockgen -source=reporter.go -destination=../mocks/reporter.go -package=mocks

// Reporter is told everything that happens.
type Reporter interface {
	// Report takes one report. It is called by one goroutine, in the order in which things happen, and never waits: whoever
	// cannot keep up loses reports, not time. The report must not be changed.
	Report(r domain.Report)
}
