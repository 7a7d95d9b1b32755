package assistant

import (
	"context"
	"errors"
	"slices"
	"time"
	"unicode/utf8"
)

// embed keeps the vectors of every new shelf until ctx ends.
func (x *Index) embed(ctx context.Context) {
	for {
		var again <-chan time.Time
		select {
		case <-x.fresh: // the shelf read next is the one that it tells of
		default:
		}
		x.mu.Lock()
		s := x.shelf
		x.mu.Unlock()
		if s != nil {
			if err := x.embedShelf(ctx, s); err != nil && ctx.Err() == nil {
				x.embedder.tell(ctx, err)
				again = x.embedder.Clock.After(x.embedder.Rest)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-x.fresh:
		case <-again:
		}
	}
}

// embedShelf asks for the vectors that a shelf lacks, and forgets those of texts
// that are gone. It breaks off where another shelf has come. A text that the
// endpoint refuses stays without one while the process runs.
func (x *Index) embedShelf(ctx context.Context, s *shelf) error {
	m := x.recall(ctx, s)
	vectors := map[string][]float32{}
	size := 0
	for h, v := range m.vectors {
		vectors[h], size = v, len(v)
	}
	var missing []piece
	seen := map[string]bool{}
	for _, t := range m.texts {
		if vectors[t.hash] == nil && !seen[t.hash] && !x.refused[t.hash] {
			seen[t.hash] = true
			missing = append(missing, t)
		}
	}
	var failed error
	var refused []piece
	broken := false
	for batch := range slices.Chunk(missing, maxInputs) {
		if broken = len(x.fresh) > 0 || ctx.Err() != nil; broken {
			break
		}
		made, without, err := x.embedBatch(ctx, batch, size)
		for h, v := range made {
			vectors[h], size = v, len(v)
		}
		refused = append(refused, without...)
		if err != nil {
			failed = err
			break
		}
	}
	x.refuse(ctx, refused)
	if len(vectors) > len(m.vectors) {
		x.publish(m, vectors)
	}
	if failed != nil || broken {
		return failed
	}
	return x.kept.ForgetVectors(ctx, s.edition, m.hashes())
}

// refuse remembers texts that are not asked for again, and logs how many and how
// long they are, in code points. What they say stays out of the log.
func (x *Index) refuse(ctx context.Context, texts []piece) {
	if len(texts) == 0 {
		return
	}
	longest := 0
	for _, t := range texts {
		x.refused[t.hash] = true
		longest = max(longest, utf8.RuneCountInString(t.words))
	}
	x.embedder.Logger.WarnContext(ctx, "the embedding endpoint refuses some texts; search finds them by words",
		"texts", len(texts), "longest", longest)
}

// embedBatch asks for vectors of texts, of the size that the others have if any,
// and keeps them. An endpoint may take fewer texts at once, or refuse one of
// them: a batch that is refused is asked for by halves, and a single text that
// is, while another is not, comes back without. What was made comes back beside
// an error, too.
func (x *Index) embedBatch(ctx context.Context, batch []piece, size int) (made map[string][]float32, without []piece, err error) {
	made, err = x.embedWhole(ctx, batch, size)
	var refused *refusal
	if !errors.As(err, &refused) {
		return made, nil, err
	}
	if len(batch) == 1 {
		if err := x.embedder.checkWord(ctx); err != nil {
			return nil, nil, err // it is not the text
		}
		return nil, batch, nil
	}
	made = map[string][]float32{}
	for half := range slices.Chunk(batch, (len(batch)+1)/2) {
		some, none, err := x.embedBatch(ctx, half, size)
		for h, v := range some {
			made[h], size = v, len(v)
		}
		without = append(without, none...)
		if err != nil {
			return made, without, err
		}
	}
	return made, without, nil
}

// embedWhole asks for a batch at once. Another process may have asked meanwhile.
func (x *Index) embedWhole(ctx context.Context, batch []piece, size int) (map[string][]float32, error) {
	hashes := make([]string, len(batch))
	for i, t := range batch {
		hashes[i] = t.hash
	}
	vectors, err := x.kept.Vectors(ctx, x.embedder.Model, hashes)
	if err != nil {
		return nil, err
	}
	var words, asked []string
	for _, t := range batch {
		if vectors[t.hash] == nil {
			words, asked = append(words, t.words), append(asked, t.hash)
		}
	}
	if len(words) == 0 {
		return vectors, nil
	}
	vs, err := x.embedder.ask(ctx, words, x.embedder.Batch)
	if err != nil {
		return nil, err
	}
	if size > 0 && len(vs[0]) != size {
		return nil, ErrVectorSize
	}
	made := map[string][]float32{}
	for i, v := range vs {
		made[asked[i]], vectors[asked[i]] = v, v
	}
	return vectors, x.kept.KeepVectors(ctx, x.embedder.Model, made)
}
