// Package domain holds the words of a health checker for services that run under Supervisor, and the rules
// about them: what a process is, what a check says of it, and what follows from that.
//
// It is pure: standard library only, no clock, no input or output, no logging, no goroutine. Whatever it needs
// to know is handed in, and what it decides is handed back.
package domain
