package storage

import (
	"context"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
)

// vectorsAtOnce bounds how many vectors one statement reads or one transaction
// writes.
const vectorsAtOnce = 100

type vectorRow struct {
	Hash   string `db:"hash"`
	Vector []byte `db:"vector"`
}

// Vectors reads what a model made of texts, by their hashes. Those that are not
// kept are missing.
func (s *Store) Vectors(ctx context.Context, model string, hashes []string) (map[string][]float32, error) {
	kept := make(map[string][]float32, len(hashes))
	for part := range slices.Chunk(hashes, vectorsAtOnce) {
		args := []any{model}
		for _, h := range part {
			args = append(args, h)
		}
		var rows []vectorRow
		if err := s.reads.list(ctx, &rows, `SELECT hash, vector FROM vectors WHERE model = $1 AND hash IN (`+marks(2, len(part))+`)`, args...); err != nil {
			return nil, failure("vectors", err)
		}
		for _, r := range rows {
			v, err := floats(r.Vector)
			if err != nil {
				return nil, fmt.Errorf("storage: vector of %s: %w", r.Hash, err)
			}
			kept[r.Hash] = v
		}
	}
	return kept, nil
}

// KeepVectors keeps what a model made of texts, by their hashes. A vector that
// is there stays.
func (s *Store) KeepVectors(ctx context.Context, model string, vectors map[string][]float32) error {
	for part := range slices.Chunk(slices.Sorted(maps.Keys(vectors)), vectorsAtOnce) {
		err := s.write(ctx, "keep vectors", func(ctx context.Context, t *tx) error {
			for _, h := range part {
				if _, err := t.exec(ctx, `INSERT INTO vectors (model, hash, vector) VALUES ($1, $2, $3)
					ON CONFLICT (model, hash) DO NOTHING`, model, h, packed(vectors[h])); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// ForgetVectors forgets every model's vectors of other texts than those of the
// hashes, unless the library has another edition by now.
func (s *Store) ForgetVectors(ctx context.Context, edition int64, hashes []string) error {
	wanted := make(map[string]bool, len(hashes))
	for _, h := range hashes {
		wanted[h] = true
	}
	var there []string
	if err := s.reads.list(ctx, &there, `SELECT DISTINCT hash FROM vectors`); err != nil {
		return failure("vectors", err)
	}
	there = slices.DeleteFunc(there, func(h string) bool { return wanted[h] })
	for part := range slices.Chunk(there, vectorsAtOnce) {
		err := s.write(ctx, "forget vectors", func(ctx context.Context, t *tx) error {
			// The edition's row keeps a replacement of sections out meanwhile.
			current, err := t.exec(ctx, `UPDATE library SET edition = edition + 0 WHERE id = 1 AND edition = $1`, edition)
			if err != nil || current == 0 {
				return err
			}
			args := make([]any, len(part))
			for i, h := range part {
				args[i] = h
			}
			_, err = t.exec(ctx, `DELETE FROM vectors WHERE hash IN (`+marks(1, len(part))+`)`, args...)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func packed(v []float32) []byte {
	b := make([]byte, 0, 4*len(v))
	for _, x := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	return b
}

func floats(b []byte) ([]float32, error) {
	if len(b)%4 != 0 {
		return nil, fmt.Errorf("%d bytes are no whole numbers", len(b))
	}
	v := make([]float32, len(b)/4)
	for i := range v {
		v[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return v, nil
}
