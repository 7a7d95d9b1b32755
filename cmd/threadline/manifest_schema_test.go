package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// domainPattern is a pattern of Slack's schema whose look-ahead Go's regular
// expressions lack: a name that begins with neither a dot nor a hyphen.
type domainPattern struct{ *regexp.Regexp }

const lookAhead = `^(?![\.\-])`

func (p domainPattern) MatchString(s string) bool {
	return !strings.HasPrefix(s, ".") && !strings.HasPrefix(s, "-") && p.Regexp.MatchString(s)
}

func compilePattern(pattern string) (jsonschema.Regexp, error) {
	rest, isDomain := strings.CutPrefix(pattern, lookAhead)
	if !isDomain {
		return regexp.Compile(pattern)
	}
	compiled, err := regexp.Compile("^" + rest)
	return domainPattern{compiled}, err
}

// compileManifestSchema loads Slack's own schema of app manifests.
func compileManifestSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.UseRegexpEngine(compilePattern)
	schema, err := compiler.Compile("testdata/manifest-schema/manifest.schema.2.0.0.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func parseManifest(t *testing.T, text string) any {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		t.Fatalf("manifest.yaml: %v", err)
	}
	manifest, err := jsonschema.UnmarshalJSON(strings.NewReader(string(asJSON)))
	if err != nil {
		t.Fatalf("manifest.yaml: %v", err)
	}
	return manifest
}

func readManifest(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../../manifest.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestManifestObeysSlacksSchema(t *testing.T) {
	if err := compileManifestSchema(t).Validate(parseManifest(t, readManifest(t))); err != nil {
		t.Errorf("manifest.yaml: %v", err)
	}
}

// A schema that accepted anything would prove nothing: each of these slips
// must be refused.
func TestManifestSchemaRefusesSlips(t *testing.T) {
	schema, text := compileManifestSchema(t), readManifest(t)
	for name, slip := range map[string]struct{ from, to string }{
		"misspelt key":           {"socket_mode_enabled:", "socket_mode_enable:"},
		"command without slash":  {"command: /handoff", "command: handoff"},
		"unknown shortcut type":  {"type: message", "type: line"},
		"scopes under no owner":  {"    bot:\n", "    robot:\n"},
		"shortcut name too long": {"name: Keep internal", "name: Keep this line internal, please"},
		"text for a switch":      {"always_online: true", "always_online: certainly"},
	} {
		t.Run(name, func(t *testing.T) {
			changed := strings.Replace(text, slip.from, slip.to, 1)
			if changed == text {
				t.Fatalf("manifest.yaml no longer holds %q", slip.from)
			}
			if err := schema.Validate(parseManifest(t, changed)); err == nil {
				t.Errorf("the schema accepted %q", slip.to)
			}
		})
	}
}
