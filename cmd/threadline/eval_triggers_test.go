package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"threadline/bridge/assistant/openaitest"
)

func evalFile(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func runEval(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"eval", "triggers"}, args...), &out, &errs)
	return code, out.String(), errs.String()
}

func TestEvalTriggersJSON(t *testing.T) {
	path := evalFile(t, "labelled.tsv", "\ufeffexplicit_request\tlet me talk to a person\r\n"+
		"none\twhat are your hours\n"+
		"explicit_request\tthe weather is nice\n"+
		"none\tI want a refund\n"+
		"frustration\tsaid \"no quoting\"\there too")
	code, out, errs := runEval(t, "--json", path)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	var r evalReport
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatal(err)
	}
	if got, want := r.Labels["explicit_request"], (evalScore{Precision: 1, Recall: 0.5, F1: 2. / 3, Support: 2, Predicted: 1}); got != want {
		t.Errorf("explicit_request: got %+v, want %+v", got, want)
	}
	if got, want := r.Labels["sensitive_topic"], (evalScore{Predicted: 1}); got != want {
		t.Errorf("sensitive_topic: got %+v, want %+v", got, want)
	}
	if got, want := r.Labels["frustration"], (evalScore{Support: 1}); got != want {
		t.Errorf("frustration: got %+v, want %+v", got, want)
	}
	if len(r.Rows) != 5 {
		t.Fatalf("got %d rows, want one for each of 5 inputs", len(r.Rows))
	}
	for i, row := range r.Rows {
		if row.I != i || row.Labels == nil || row.Predicted == nil {
			t.Errorf("row %d: got %+v, want its own number and no null", i, row)
		}
	}
	if !strings.Contains(out, `"labels":[],"predicted":[]`) {
		t.Errorf("a row of none prints something else than empty lists: %s", out)
	}
}

func TestEvalTriggersReadsTheTurnsBefore(t *testing.T) {
	offer := `{"role":"assistant","text":"Would you like me to bring in a person from our team?"}`
	path := evalFile(t, "labelled.jsonl",
		`{"labels":["explicit_request"],"turns":[{"role":"visitor","text":"is my deposit safe"},`+offer+`,{"role":"visitor","text":"yes please"},{"role":"assistant","text":"One moment."}]}`+"\n"+
			`{"labels":["none"],"turns":[`+offer+`,{"role":"visitor","text":"no thanks"}],"other":1}`+"\n"+
			`{"turns":[{"role":"visitor","text":"yes please"}]}`+"\n")
	code, out, errs := runEval(t, path)
	if code != exitOK {
		t.Fatalf("exit code %d: %s", code, errs)
	}
	if !strings.Contains(out, "3 rows") || !strings.Contains(out, "no mistakes") {
		t.Errorf("got %s, want 3 rows without a mistake", out)
	}
}

func TestEvalTriggersListsMistakes(t *testing.T) {
	path := evalFile(t, "labelled.tsv", "urgency\tnice day\nnone\tI want a refund\n")
	_, out, _ := runEval(t, path)
	for _, want := range []string{"row 0  missed urgency: nice day", "row 1  false sensitive_topic (0.96): I want a refund"} {
		if !strings.Contains(out, want) {
			t.Errorf("got %s, want %q in it", out, want)
		}
	}
}

func TestEvalTriggersRefusesBadFiles(t *testing.T) {
	for _, c := range []struct{ name, content, want string }{
		{"a.tsv", "none\thello\nno tab here\n", "line 2: there is no tab"},
		{"a.tsv", "none\thello\n\nnone\tbye\n", "line 2: there is no tab"},
		{"a.tsv", "none\thello\nnone\thi\nanger\tgrr\n", `line 3: there is no trigger "anger"`},
		{"a.tsv", "", "the file is empty"},
		{"a.csv", "none,hello\n", "must end in .tsv"},
		{"a.jsonl", "{\"labels\":[],\"turns\":[{\"role\":\"visitor\",\"text\":\"x\"}]}\n{\n", "line 2: not the JSON"},
		{"a.jsonl", `{"labels":[],"turns":[]}`, "line 1: no turn is the visitor's"},
		{"a.jsonl", `{"labels":[],"turns":[{"role":"bot","text":"x"}]}`, `line 1: turn 0 has the role "bot"`},
		{"a.jsonl", `{"labels":["x"],"turns":[{"role":"visitor","text":"x"}]}`, `line 1: there is no trigger "x"`},
		{"a.tsv", "none\t" + strings.Repeat("a", maxEvalLine) + "\n", "line 1 is longer than"},
	} {
		code, out, errs := runEval(t, evalFile(t, c.name, c.content))
		if code != exitConfig || out != "" || !strings.Contains(errs, c.want) {
			t.Errorf("%s %.40q: code %d, stdout %q, stderr %q; want code %d and %q", c.name, c.content, code, out, errs, exitConfig, c.want)
		}
	}
	for _, args := range [][]string{{}, {"a.tsv", "b.tsv"}, {filepath.Join(t.TempDir(), "absent.tsv")}} {
		if code, _, errs := runEval(t, args...); code != exitConfig || errs == "" {
			t.Errorf("eval triggers %v: code %d, stderr %q", args, code, errs)
		}
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"eval", "nothing"}, &out, &errs); code != exitConfig {
		t.Errorf("eval nothing: code %d", code)
	}
	if code := run(t.Context(), []string{"eval"}, &out, &errs); code != exitConfig {
		t.Errorf("eval alone: code %d", code)
	}
}

func TestEvalTriggersAsksTheModelToo(t *testing.T) {
	path := evalFile(t, "labelled.tsv", "complexity\tthe ducts, the boiler and the lease all depend on each other\nsensitive_topic\tI want a refund\n")
	if code, _, errs := runEval(t, "--llm", path); code != exitConfig || !strings.Contains(errs, "OPENAI_API_KEY") {
		t.Errorf("--llm without a model: code %d, stderr %q", code, errs)
	}
	model := openaitest.New()
	defer model.Close()
	t.Setenv("OPENAI_BASE_URL", model.URL())
	model.Script(
		openaitest.HandOff("complexity", "Much at once.", "Several things."),
		openaitest.AskBack("Which one?"),
	)
	code, out, errs := runEval(t, "--llm", path)
	if code != exitOK || !strings.Contains(out, "no mistakes") {
		t.Errorf("code %d, stdout %s, stderr %s; want the model's finding beside the rules'", code, out, errs)
	}
	if n := len(model.Requests()); n != 2 {
		t.Errorf("the model was asked %d times, want once a row", n)
	}
	model.Script(openaitest.Status(401, "no"))
	if code, _, errs := runEval(t, "--llm", path); code != exitFailed || !strings.Contains(errs, "row 0") {
		t.Errorf("a refusing model: code %d, stderr %q", code, errs)
	}
}
