// Package pages gives memory back that a program has needed for nothing but its start.
//
// A start runs through the whole of a Go program: the initialization of every package that is linked, the reading of
// flags, the building of a graph. The kernel maps the program file in pieces of 64 kB around whatever is touched, and a
// mapped piece counts as resident memory of the process until somebody else wants the room.
package pages

// Release unmaps the code and the constants of the program file. What is still needed comes back by itself when it is
// next touched, from the kernel's cache, at the price of a page fault. It is meant to be called once, when the start is
// over: measured on a listener with 10 processes, 9.5 MB are then resident in the long run instead of 10.4.
//
// It is safe at any time and from any goroutine. It leaves alone what could not come back: pages that can be written,
// and those of which the process has a copy of its own, such as relocated addresses or the breakpoints of a debugger.
// It does nothing on systems other than Linux, nor where /proc is not mounted.
func Release() { release() }
