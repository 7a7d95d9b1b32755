package main

import (
	"cmp"
	"runtime"
	"runtime/debug"
)

// version tells version, commit and Go. The build stamps what it knows.
func version() string {
	release, commit := "devel", "unknown"
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; v != "" && v != "(devel)" {
			release = v
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = s.Value
			}
		}
	}
	return "threadline " + release + " " + cmp.Or(commit, "unknown") + " " + runtime.Version()
}
