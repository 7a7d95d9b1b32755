package slackapp

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// slackDocument is docs/slack.md: everything that people in Slack can use, from
// the tables by which the program obeys them.
func slackDocument() string {
	var b strings.Builder
	b.WriteString("# What people do in Slack\n\n")
	b.WriteString("This page is written from the tables in slackapp/controls.go, commands.go and ownership.go;\n")
	b.WriteString("`go test ./slackapp -run TestSlackDocument -update` writes it anew. Guests and people of other\n")
	b.WriteString("organisations can read along and press, but whatever they press is refused, privately and with\n")
	b.WriteString("the reason. *Managers* are those of the setting `managers`: people, or user groups.\n")
	table := func(title, intro string, head []string, rows [][]string) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| %s |\n|%s\n", title, intro, strings.Join(head, " | "), strings.Repeat("---|", len(head)))
		for _, r := range rows {
			for i := range r {
				r[i] = strings.ReplaceAll(r[i], "|", "\\|")
			}
			fmt.Fprintf(&b, "| %s |\n", strings.Join(r, " | "))
		}
	}
	named := func(all []control) (rows [][]string) {
		for _, c := range all {
			rows = append(rows, []string{c.label, "`" + c.id + "`", c.where, string(c.who), c.does})
		}
		return rows
	}
	table("Buttons", "A press is settled once; one that comes twice changes nothing, one that is found more than 30 s late asks to be pressed again.",
		[]string{"button", "`action_id`", "stands on", "for", "does"}, named(buttons()))
	table("Forms", "A form that comes after the chat has moved on is refused with the reason and stays open, with what was typed.",
		[]string{"form", "`callback_id`", "opens", "for", "fields"}, named(forms()))
	table("Message shortcuts", "In the menu of a message, for a line in the thread of a chat.",
		[]string{"shortcut", "`callback_id`", "on", "for", "does"}, named(shortcuts()))
	var rows [][]string
	for _, w := range bangWords() {
		rows = append(rows, []string{"`" + strings.TrimSpace("!"+w.word+" "+w.args) + "`", string(w.who), w.does})
	}
	table("Words in a thread", "Slack's own commands do not work inside threads. A line that begins with `!` or `//`, or that mentions a colleague, is never sent to the visitor; an unknown word is answered privately.",
		[]string{"word", "for", "does"}, rows)
	rows = nil
	for _, c := range subcommands() {
		who := anAgent
		if c.changes {
			who = managers
		}
		rows = append(rows, []string{"`" + strings.TrimSpace(slashCommand+" "+c.word+" "+c.args) + "`", string(who), c.does})
	}
	table("Commands", "Answered to you alone. `"+slashCommand+"` without a word opens a menu; a typo is answered with the nearest command. Every change is kept with who made it, before and after.",
		[]string{"command", "for", "does"}, rows)
	table("Reactions", "On the root card of a chat.", []string{"reaction", "for", "does"},
		[][]string{{":" + resolveEmoji + ":", string(theHolder), "resolves the chat as solved"}})
	return b.String()
}

func TestSlackDocument(t *testing.T) {
	const path = "../docs/slack.md"
	got := slackDocument()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is not what the tables say: run go test ./slackapp -run TestSlackDocument -update", path)
	}
}

// TestEveryControlIsListed holds the package's action and callback ids against
// the tables, both ways: what no table names is not obeyed.
func TestEveryControlIsListed(t *testing.T) {
	files := token.NewFileSet()
	//nolint:staticcheck // the deprecated loader reads one directory without building, which is all that is needed
	pkgs, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0)
	if err != nil {
		t.Fatal(err)
	}
	source := map[string][]string{}
	for _, p := range pkgs {
		ast.Inspect(p, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 {
				return true
			}
			for _, prefix := range []string{"act", "view"} {
				rest, found := strings.CutPrefix(spec.Names[0].Name, prefix)
				lit, isText := spec.Values[0].(*ast.BasicLit)
				if found && isText && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
					s, err := strconv.Unquote(lit.Value)
					if err != nil {
						t.Fatal(err)
					}
					source[prefix] = append(source[prefix], s)
				}
			}
			return true
		})
	}
	for prefix, all := range map[string][]control{"act": append(buttons(), shortcuts()...), "view": forms()} {
		var listed []string
		for _, c := range all {
			stem, _, _ := strings.Cut(c.id, "_STATUS")
			stem, _, _ = strings.Cut(stem, "_WORD")
			listed = append(listed, stem)
			if !slices.Contains(source[prefix], stem) {
				t.Errorf("the table lists %q, which no constant %s… names", c.id, prefix)
			}
		}
		for _, s := range source[prefix] {
			if !slices.Contains(listed, s) {
				t.Errorf("the constant for %q is in no table of controls", s)
			}
		}
	}
}
