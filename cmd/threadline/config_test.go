package main

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeListsEveryVariable keeps the table of settings and the code equal,
// either way.
func TestReadmeListsEveryVariable(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{}
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\|.*\\| (.*) \\|$").FindAllStringSubmatch(string(readme), -1) {
		listed[m[1]] = m[2]
	}
	for f := range reflect.TypeFor[config]().Fields() {
		if !f.IsExported() {
			continue // not from the environment
		}
		name := f.Tag.Get("envconfig")
		shown, ok := listed[name]
		if !ok {
			t.Errorf("README does not list %s", name)
		}
		if d := f.Tag.Get("default"); d != "" && !strings.Contains(shown, "`"+d+"`") {
			t.Errorf("README says the default of %s is %q, the code says %q", name, shown, d)
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("README lists %s, which nothing reads", name)
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	s := secret("xoxb-1234")
	if got := s.String() + s.LogValue().String(); strings.Contains(got, "1234") {
		t.Errorf("printed %q", got)
	}
}
