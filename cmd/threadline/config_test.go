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

func TestTrustedProxies(t *testing.T) {
	for value, want := range map[string]string{
		"":                                "",
		"10.0.0.5, 172.18.0.9/16":         "10.0.0.5/32 172.18.0.0/16",
		"2001:db8::1,::ffff:10.0.0.0/104": "2001:db8::1/128 10.0.0.0/8",
		"::ffff:10.0.0.5":                 "10.0.0.5/32",
	} {
		t.Setenv("TRUSTED_PROXIES", value)
		c, problems := readConfig(withoutSlack)
		var got []string
		for _, p := range c.trusted {
			got = append(got, p.String())
		}
		if strings.Join(got, " ") != want || len(problems) > 0 {
			t.Errorf("%q: %v, %v", value, got, problems)
		}
	}
	for _, value := range []string{"nginx", "10.0.0.0/33", "10.0.0.5,", "0.0.0.0/0", "::/0", "::ffff:0.0.0.0/96", "10.0.0.5:80"} {
		t.Setenv("TRUSTED_PROXIES", value)
		if _, problems := readConfig(withoutSlack); len(problems) != 1 || !strings.Contains(problems[0].Error(), "TRUSTED_PROXIES has ") {
			t.Errorf("%q: %v", value, problems)
		}
	}
}
