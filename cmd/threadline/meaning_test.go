package main_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"threadline/bridge/assistant/openaitest"
	"threadline/storage/storagetest"
)

// A question that shares no word with the passage that answers it: with an
// embedding model the program offers the passage, and answers once a model cites
// it. Without one it hands the question over and asks for no vector.
func TestParaphrasesAreFoundByMeaning(t *testing.T) {
	const (
		asks = "could anyone scrub my airways?"
		want = "1. Duct cleaning › Price of duct cleaning"
		key  = "sk-never-in-a-log"
	)
	model := openaitest.New()
	t.Cleanup(model.Close)
	model.Synonyms([]string{"duct", "ducts", "airways"}, []string{"clean", "cleaning", "cleaned", "scrub"})
	uncited := openaitest.Text("Yes, we do that.")
	model.Always(uncited)
	sim, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t),
		"OPENAI_BASE_URL="+model.URL(), "OPENAI_API_KEY="+key, "OPENAI_MODEL=test")
	hybrid := append(slices.Clone(env), "OPENAI_EMBEDDING_MODEL=vectors")
	settled := func(p *program) (string, *visitor) {
		v := newVisitor(t, p.lines["site"])
		v.say(asks)
		until(t, "an answer or a handoff", func() bool { return len(v.said("assistant"))+len(v.said("system")) > 0 })
		return strings.Join(append(v.said("assistant"), v.said("system")...), "\n"), v
	}
	quiet := func(p *program) {
		t.Helper()
		if code := p.stop(t); code != 0 {
			t.Errorf("exit code %d", code)
		}
		if strings.Contains(p.errs.String(), key) {
			t.Error("the key is in the log")
		}
	}

	p := launch(t, binary(t, ""), env, "serve")
	got, v := settled(p)
	until(t, "the handoff", func() bool { _, ok := sim.alert(v.id); return ok })
	if strings.Contains(got, want) || len(model.Embeddings()) > 0 {
		t.Errorf("without an embedding model: %q and %d requests for vectors", got, len(model.Embeddings()))
	}
	quiet(p)

	p = launch(t, binary(t, ""), hybrid, "serve")
	until(t, "the choice", func() bool {
		got, v = settled(p)
		return strings.Contains(got, want+"\n")
	})
	model.Always(openaitest.Answer(0.9, []string{openaitest.First}, "Dryer vent cleaning is $129."))
	v.say("1")
	until(t, "the answer to the pick", func() bool {
		return slices.ContainsFunc(v.said("assistant"), func(s string) bool { return strings.Contains(s, "Dryer vent cleaning is $129") })
	})
	quiet(p)

	batches := func() int {
		n := 0
		for _, r := range model.Embeddings() {
			if r.Authorization != "Bearer "+key || r.Model != "vectors" {
				t.Errorf("vectors are asked for as %q of %q", r.Authorization, r.Model)
			}
			if len(r.Input) > 1 {
				n++
			}
		}
		return n
	}
	made := batches()
	model.Always(uncited)
	p = launch(t, binary(t, ""), hybrid, "serve")
	until(t, "the choice after a restart", func() bool {
		got, _ = settled(p)
		return strings.Contains(got, want+"\n")
	})
	quiet(p)
	if code, out := finish(t, hybrid, "kb", "search", asks); code != 0 || !strings.Contains(out, want[3:]) {
		t.Errorf("kb search: exit code %d\n%s", code, out)
	}
	if made == 0 || batches() != made {
		t.Errorf("%d batches before the restart, %d after; want some, and the same", made, batches())
	}
	if code, out := finish(t, env, "kb", "search", asks); code != 0 || strings.Contains(out, want[3:]) {
		t.Errorf("kb search by words: exit code %d\n%s", code, out)
	}
	for _, problem := range model.Problems() {
		t.Errorf("a real endpoint refuses this: %s", problem)
	}
}

func TestDoctorAsksForAVector(t *testing.T) {
	model := openaitest.New()
	t.Cleanup(model.Close)
	_, env := workspace(t)
	env = append(env, "DATABASE_URL="+storagetest.SQLite(t), "OPENAI_BASE_URL="+model.URL(), "OPENAI_API_KEY=sk-never", "OPENAI_EMBEDDING_MODEL=vectors")
	if code, out := finish(t, env, "doctor"); code != 0 || !strings.Contains(out, "ok    ai embeddings") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
	model.Embed(openaitest.RefuseVectors(http.StatusNotFound, "no such model for sk-never"))
	if code, out := finish(t, env, "doctor"); code != 1 || !strings.Contains(out, "fail  ai embeddings") || strings.Contains(out, "sk-never") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

func TestAnEmbeddingModelNeedsAKey(t *testing.T) {
	_, env := workspace(t)
	code, out := finish(t, append(env, "OPENAI_BASE_URL=http://127.0.0.1:1/v1", "OPENAI_EMBEDDING_MODEL=vectors"), "serve")
	if code != 2 || !strings.Contains(out, "OPENAI_EMBEDDING_MODEL is set but not OPENAI_API_KEY") {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}
