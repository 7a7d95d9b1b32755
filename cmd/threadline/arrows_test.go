package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// goPackage is the part of `go list -json` that tells who imports whom.
type goPackage struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
	Deps         []string
}

// arrow says what a package of the module may import of the module itself.
// Everything below a package counts as that package's own, unless a longer
// path has an arrow of its own.
type arrow struct {
	from string
	to   []string
	// test is what its tests may import besides. A test of slackapp stands
	// on the real store and the simulator, neither of which is mocked.
	test []string
}

// The parts of bridge that decide on plain values.
func pureParts() []string {
	return []string{
		"threadline/bridge/attachment",
		"threadline/bridge/booking",
		"threadline/bridge/hours",
		"threadline/bridge/killpoint",
		"threadline/bridge/lead",
		"threadline/bridge/report",
		"threadline/bridge/routing",
		"threadline/bridge/trigger",
	}
}

func arrows() []arrow {
	domain := append(pureParts(), "threadline/bridge")
	// Tests play on the real store: no adapter has a fake of it to keep honest.
	stores := []string{"threadline/storage", "threadline/storage/storagetest"}
	all := []arrow{
		{from: module},
		{from: "threadline/bridge", to: pureParts(), test: stores},
		{from: "threadline/bridge/assistant", to: domain, test: stores},
		{from: "threadline/slackapp", to: domain, test: append([]string{module, "threadline/slackapp/slacksim"}, stores...)},
		{from: "threadline/slackapp/slacksim"},
		{from: "threadline/storage", to: domain, test: stores},
		{from: "threadline/storage/storagetest"},
		{from: "threadline/web-widget", to: domain, test: stores},
	}
	for _, part := range pureParts() {
		a := arrow{from: part}
		if part == "threadline/bridge/booking" {
			a.to = []string{"threadline/bridge/hours"} // callbacks lie within opening hours
		}
		all = append(all, a)
	}
	return all
}

// homes says which packages alone may know a library, commands and tests aside:
// the vendor's words stop there. A library may have several homes.
func homes() map[string][]string {
	return map[string][]string{
		"database/sql":                      {"threadline/storage"},
		"github.com/jmoiron/sqlx":           {"threadline/storage"},
		"github.com/lib/pq":                 {"threadline/storage"},
		"modernc.org/sqlite":                {"threadline/storage"},
		"github.com/pressly/goose/v3":       {"threadline/storage"},
		"github.com/slack-go/slack":         {"threadline/slackapp"},
		"github.com/sashabaranov/go-openai": {"threadline/bridge/assistant"},
	}
}

// pureLibraries are the modules that bridge's pure parts may use.
func pureLibraries() []string {
	return []string{
		"github.com/kljensen/snowball",
		"golang.org/x/text",
	}
}

// module is the root package's path, too, which holds the manifest.
const module = "threadline"

// within tells whether path is the package root or lies below it.
func within(path, root string) bool {
	return path == root || strings.HasPrefix(path, root+"/")
}

// longest finds the root that holds path most closely. The module's own root
// holds itself alone, or every new package would have a place.
func longest(path string, roots []string) (string, bool) {
	best := ""
	for _, root := range roots {
		if root == module && path != module {
			continue
		}
		if within(path, root) && len(root) > len(best) {
			best = root
		}
	}
	return best, best != ""
}

// violations lists every import that the picture of the architecture forbids.
func violations(packages []goPackage) []string {
	rules := map[string]arrow{}
	var roots []string
	for _, rule := range arrows() {
		rules[rule.from] = rule
		roots = append(roots, rule.from)
	}

	var found []string
	for _, p := range packages {
		if within(p.ImportPath, "threadline/cmd") {
			continue
		}
		home, known := longest(p.ImportPath, roots)
		if !known {
			found = append(found, p.ImportPath+" has no place in the architecture: give it one in arrows_test.go and .golangci.yml")
			continue
		}
		rule := rules[home]

		mayImport := func(to string, more []string) bool {
			if !within(to, module) {
				return true
			}
			root, placed := longest(to, roots)
			return placed && (root == home || slices.Contains(rule.to, root) || slices.Contains(more, root))
		}
		for _, to := range p.Imports {
			if !mayImport(to, nil) {
				found = append(found, p.ImportPath+" imports "+to)
			}
			for library, allowed := range homes() {
				if _, isHome := longest(p.ImportPath, allowed); within(to, library) && (!isHome || within(home, "threadline/slackapp/slacksim")) {
					found = append(found, fmt.Sprintf("%s imports %s, which only %s may know", p.ImportPath, to, strings.Join(allowed, ", ")))
				}
			}
		}
		for _, to := range slices.Concat(p.TestImports, p.XTestImports) {
			if !mayImport(to, rule.test) {
				found = append(found, "a test of "+p.ImportPath+" imports "+to)
			}
		}

		// bridge is judged by all that it draws in, not by its own imports
		// alone: nothing but the standard library and its pure parts.
		isPure := slices.Contains(pureParts(), home)
		if home != "threadline/bridge" && !isPure {
			continue
		}
		for _, to := range p.Deps {
			if isStandard(to) || within(to, module) && (slices.Contains(pureParts(), to) || within(to, home)) {
				continue
			}
			if _, isLibrary := longest(to, pureLibraries()); isLibrary && isPure {
				continue
			}
			found = append(found, p.ImportPath+" draws in "+to)
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// isStandard tells a package of the standard library: the first element of its
// path has no dot. The library's own vendored packages count as the library.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return first == "vendor" || !strings.Contains(first, ".") && first != module
}

func TestArrowsPointDownOnly(t *testing.T) {
	command := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports,Deps", "./...")
	command.Dir = "../.."
	var complaints bytes.Buffer
	command.Stderr = &complaints
	output, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, complaints.String())
	}

	var packages []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p goPackage
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if len(packages) < 2 {
		t.Fatalf("go list told of %d packages, want the whole module", len(packages))
	}
	for _, violation := range violations(packages) {
		t.Error(violation)
	}
}

func TestArrowsNameEachForbiddenImport(t *testing.T) {
	for name, test := range map[string]struct {
		p    goPackage
		want string
	}{
		"bridge to an adapter": {
			goPackage{ImportPath: "threadline/bridge", Imports: []string{"threadline/storage"}},
			"threadline/bridge imports threadline/storage",
		},
		"bridge to a library through a part": {
			goPackage{ImportPath: "threadline/bridge", Deps: []string{"fmt", "github.com/google/uuid"}},
			"threadline/bridge draws in github.com/google/uuid",
		},
		"a part to bridge": {
			goPackage{ImportPath: "threadline/bridge/hours", Imports: []string{"threadline/bridge"}},
			"threadline/bridge/hours imports threadline/bridge",
		},
		"adapter to adapter": {
			goPackage{ImportPath: "threadline/web-widget", Imports: []string{"threadline/slackapp"}},
			"threadline/web-widget imports threadline/slackapp",
		},
		"a test of an adapter to another": {
			goPackage{ImportPath: "threadline/slackapp", XTestImports: []string{"threadline/web-widget"}},
			"a test of threadline/slackapp imports threadline/web-widget",
		},
		"assistant to an adapter": {
			goPackage{ImportPath: "threadline/bridge/assistant", Imports: []string{"threadline/storage"}},
			"threadline/bridge/assistant imports threadline/storage",
		},
		"the product to the simulator": {
			goPackage{ImportPath: "threadline/slackapp", Imports: []string{"threadline/slackapp/slacksim"}},
			"threadline/slackapp imports threadline/slackapp/slacksim",
		},
		"the simulator to the product": {
			goPackage{ImportPath: "threadline/slackapp/slacksim", Imports: []string{"threadline/slackapp"}},
			"threadline/slackapp/slacksim imports threadline/slackapp",
		},
		"a test of the simulator to bridge": {
			goPackage{ImportPath: "threadline/slackapp/slacksim/page", TestImports: []string{"threadline/bridge"}},
			"a test of threadline/slackapp/slacksim/page imports threadline/bridge",
		},
		"the simulator to Slack's client": {
			goPackage{ImportPath: "threadline/slackapp/slacksim", Imports: []string{"github.com/slack-go/slack"}},
			"threadline/slackapp/slacksim imports github.com/slack-go/slack, which only threadline/slackapp may know",
		},
		"SQL outside storage": {
			goPackage{ImportPath: "threadline/web-widget", Imports: []string{"database/sql"}},
			"threadline/web-widget imports database/sql, which only threadline/storage may know",
		},
		"anyone to a command": {
			goPackage{ImportPath: "threadline/storage", Imports: []string{"threadline/cmd/threadline"}},
			"threadline/storage imports threadline/cmd/threadline",
		},
		"the root to a package": {
			goPackage{ImportPath: "threadline", Imports: []string{"threadline/bridge"}},
			"threadline imports threadline/bridge",
		},
		"a package without a place": {
			goPackage{ImportPath: "threadline/util"},
			"threadline/util has no place in the architecture: give it one in arrows_test.go and .golangci.yml",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := violations([]goPackage{test.p}); !slices.Equal(got, []string{test.want}) {
				t.Errorf("got %q, want only %q", got, test.want)
			}
		})
	}
}

func TestArrowsAllowThePicture(t *testing.T) {
	allowed := []goPackage{
		{ImportPath: "threadline/bridge", Imports: []string{"fmt", "threadline/bridge/hours"}, Deps: []string{"fmt", "vendor/golang.org/x/text", "threadline/bridge/hours"}},
		{ImportPath: "threadline/slackapp", Imports: []string{"threadline/bridge", "github.com/slack-go/slack/socketmode"}, TestImports: []string{"threadline/slackapp/slacksim"}},
		{ImportPath: "threadline/storage", Imports: []string{"threadline/bridge", "database/sql", "github.com/lib/pq"}, XTestImports: []string{"threadline/storage/storagetest"}},
		{ImportPath: "threadline", Imports: []string{"embed"}},
		{ImportPath: "threadline/cmd/threadline", Imports: []string{"threadline", "threadline/bridge", "threadline/slackapp", "threadline/storage"}},
	}
	if got := violations(allowed); len(got) > 0 {
		t.Errorf("got %q, want none", got)
	}
}
