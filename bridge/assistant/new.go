package assistant

import (
	"context"

	"threadline/bridge"
)

// Health is what doctor wants to know of an assistant.
type Health struct {
	// Model is the model's name, empty for the built-in answerer.
	Model string
	// Sections is how much knowledge there is.
	Sections int
}

// Checked is an assistant that can say whether it works.
type Checked interface {
	bridge.Assistant
	// Check asks the model, if there is one, for a word and counts the
	// knowledge. Its error names what is wrong and never holds a secret.
	Check(ctx context.Context) (Health, error)
}
