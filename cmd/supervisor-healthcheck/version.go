package main

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set by the linker: -ldflags "-X main.version=1.2.3".
var version string

func (p program) version() int {
	fmt.Fprintf(p.stdout, "%s %s (%s, %s/%s)\n", self, programVersion(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitOK
}

func programVersion() string {
	built := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		built = info.Main.Version
	}
	return chooseVersion(version, built)
}

// chooseVersion prefers what the linker was told to what the build recorded, which is "(devel)" when unknown.
func chooseVersion(linked, built string) string {
	if built == "(devel)" {
		built = ""
	}
	return cmp.Or(linked, built, "devel")
}
