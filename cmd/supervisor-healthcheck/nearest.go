package main

import "supervisor-healthcheck/domain"

// nearest is the candidate that a misspelt word is most likely to mean, empty if it is like none.
func nearest(word string, candidates []string) string { return domain.Nearest(word, candidates) }
