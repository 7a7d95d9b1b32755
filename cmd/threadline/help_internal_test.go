package main

import (
	"bytes"
	"strings"
	"testing"
)

// TestHelpIsNoMistake: --help tells what to write, of commands that have
// commands of their own too, and is no mistake.
func TestHelpIsNoMistake(t *testing.T) {
	for args, want := range map[string]string{
		"--help": "threadline kb list", "kb --help": "kb list", "config -h": "config apply FILE",
		"eval --help": "eval triggers", "kb search --help": "-json", "serve --help": "Usage",
	} {
		var said bytes.Buffer
		if code := run(t.Context(), strings.Fields(args), &said, &said); code != exitOK || !strings.Contains(said.String(), want) {
			t.Errorf("threadline %s: exit %d, %s", args, code, said.String())
		}
	}
}
