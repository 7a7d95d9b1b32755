package assistant

import (
	"context"
	"log/slog"
	"net/http"
	"strings"

	"threadline/bridge"
)

// DefaultModel is asked where no model is named.
const DefaultModel = "gpt-4o-mini"

// Config is what an assistant is made of.
type Config struct {
	// APIKey turns the model on; it never appears in logs or errors. BaseURL is
	// where its API lives, up to and without "/chat/completions"; empty means
	// OpenAI's own. With neither, the built-in answerer serves.
	APIKey, BaseURL, Model string
	Library                bridge.Library
	// Index is used if given, so that others may share it; Library otherwise.
	Index  *Index
	Clock  bridge.Clock
	Logger *slog.Logger
	// HTTP sends the requests; nil means one of its own without a time-out,
	// since Limits bound every wait.
	HTTP   *http.Client
	Limits Limits
}

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

// New returns a [Model] if a key or a base URL is configured, else [Builtin].
// A model that fails is an error of the turn; nothing else answers in its
// place.
func New(c Config) Checked {
	index := c.Index
	if index == nil {
		index = NewIndex(c.Library)
	}
	if strings.TrimSpace(c.APIKey) == "" && strings.TrimSpace(c.BaseURL) == "" {
		return NewBuiltin(index, c.Clock)
	}
	limits := c.Limits.orDefaults()
	m := &Model{
		index: index, key: strings.TrimSpace(c.APIKey), baseURL: strings.TrimRight(strings.TrimSpace(c.BaseURL), "/"), name: c.Model,
		http: c.HTTP, clock: c.Clock, log: c.Logger, limits: limits,
		breaker: &breaker{clock: c.Clock, after: limits.Failures, rest: limits.Rest},
		figures: newFigures(), rules: newRules(), render: newRenderer(), keys: keyPattern(),
	}
	if m.name == "" {
		m.name = DefaultModel
	}
	if m.http == nil {
		m.http = &http.Client{}
	}
	if m.log == nil {
		m.log = slog.New(slog.DiscardHandler)
	}
	return m
}
