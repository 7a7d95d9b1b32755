package storage_test

import (
	"fmt"
	"math"
	"reflect"
	"testing"

	"threadline/bridge"
	"threadline/storage"
)

func TestVectors(t *testing.T) {
	each(t, func(t *testing.T, s *storage.Store) {
		ctx := t.Context()
		read := func(model string, hashes ...string) map[string][]float32 {
			t.Helper()
			got, err := s.Vectors(ctx, model, hashes)
			must(t, err)
			return got
		}
		one := map[string][]float32{"a": {1, -0.5, math.MaxFloat32, math.SmallestNonzeroFloat32}, "b": {0, float32(math.Pi)}}
		must(t, s.KeepVectors(ctx, "m", one))
		must(t, s.KeepVectors(ctx, "m", map[string][]float32{"a": {9}}))
		must(t, s.KeepVectors(ctx, "n", map[string][]float32{"a": {2}}))
		if got := read("m", "a", "b", "c"); !reflect.DeepEqual(got, one) {
			t.Errorf("kept %v, want %v: the first of a hash, bit by bit", got, one)
		}
		if got := read("m"); len(got) != 0 {
			t.Errorf("without hashes: %v", got)
		}
		many, names := map[string][]float32{}, []string{}
		for i := range 250 {
			names = append(names, fmt.Sprint(i))
			many[fmt.Sprint(i)] = []float32{float32(i)}
		}
		must(t, s.KeepVectors(ctx, "m", many))
		if got := read("m", names...); !reflect.DeepEqual(got, many) {
			t.Errorf("%d of 250 are kept", len(got))
		}

		if _, err := s.ReplaceSource(ctx, "x.md", []bridge.Section{{ID: "1", Text: "text"}}); err != nil {
			t.Fatal(err)
		}
		edition, err := s.Edition(ctx)
		must(t, err)
		must(t, s.ForgetVectors(ctx, edition-1, nil))
		if got := read("m", names...); len(got) != 250 {
			t.Errorf("of another edition: %d of 250 are left, want all", len(got))
		}
		must(t, s.ForgetVectors(ctx, edition, []string{"b"}))
		if got := read("m", append(names, "a", "b")...); len(got) != 1 || got["b"] == nil {
			t.Errorf("%v are left, want b alone", got)
		}
		if got := read("n", "a"); len(got) != 0 {
			t.Errorf("another model's %v is left", got)
		}
	})
}
