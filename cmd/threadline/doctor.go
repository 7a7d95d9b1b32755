package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/slackapp"
	"threadline/storage"
)

// doctor checks everything the product depends on and says how to mend what is
// wrong. It exits 1 on any failure.
func doctor(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline doctor", flag.ContinueOnError)
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	cfg, problems := readConfig(withSlack)
	ctx, done := context.WithTimeout(ctx, time.Minute)
	defer done()
	quiet := slog.New(slog.DiscardHandler)
	failed := false
	var err error
	say := func(level, name, detail, mend string) {
		failed = failed || level == slackapp.LevelFail
		if mend != "" {
			detail += "; mend: " + mend
		}
		_, err = fmt.Fprintf(stdout, "%-4s  %-16s %s\n", level, name, detail)
	}
	for _, p := range problems {
		what, mend, _ := strings.Cut(p.Error(), ": ")
		say(slackapp.LevelFail, "setting", what, mend)
	}
	if len(problems) > 0 {
		return errFailed // checks under wrong settings would mislead
	}
	library := checkDatabase(ctx, cfg, quiet, say)
	var posts slackapp.Store // nil where the database cannot be read at present
	if library != nil {
		defer closeStore(library, quiet)
		posts = library
	}
	for _, c := range slackapp.NewDesk(cfg.slack(cfg.PublicURL, quiet), posts).Check(ctx) {
		say(c.Level, c.Name, c.Detail, c.Mend)
	}
	checkAssistant(ctx, cfg, library, quiet, say)
	if err == nil && failed {
		err = errFailed
	}
	return err
}

type sayCheck func(level, name, detail, mend string)

// checkDatabase opens the database the way serve does; nil if it cannot, or
// may not while serve is running on the same file.
func checkDatabase(ctx context.Context, cfg config, log *slog.Logger, say sayCheck) *storage.Store {
	store, err := storage.Open(ctx, cfg.DatabaseURL.reveal(), storage.Options{Logger: log, Clock: cfg.clock})
	switch {
	case errors.Is(err, storage.ErrInUse):
		say(slackapp.LevelOK, "database", "in use by a running threadline", "")
		return nil
	case err != nil:
		say(slackapp.LevelFail, "database", err.Error(), "correct DATABASE_URL, or the rights and space where it points")
		return nil
	}
	say(slackapp.LevelOK, "database", "opens, and its schema is current", "")
	return store
}

// noLibrary stands in for knowledge that cannot be read at present.
type noLibrary struct{ bridge.Library }

func (noLibrary) Sections(context.Context) ([]bridge.Section, error) { return nil, nil }
func (noLibrary) Edition(context.Context) (int64, error)             { return 0, nil }

func checkAssistant(ctx context.Context, cfg config, store *storage.Store, log *slog.Logger, say sayCheck) {
	var library bridge.Library = noLibrary{}
	if store != nil {
		library = store
	}
	health, err := cfg.assistant(assistant.NewIndex(library), log).Check(ctx)
	name := health.Model
	if name == "" {
		name = "the built-in answerer"
	}
	switch {
	case err != nil:
		say(slackapp.LevelFail, "ai", err.Error(), "correct OPENAI_API_KEY, OPENAI_BASE_URL and OPENAI_MODEL, or leave all out for the built-in answerer")
	case store == nil:
		say(slackapp.LevelOK, "ai", name+"; the knowledge was not read", "")
	case health.Sections == 0:
		say(slackapp.LevelWarn, "ai", name+" knows nothing yet, so every question is handed to a person", "set KNOWLEDGE_DIR, or run threadline kb import PATH")
	default:
		say(slackapp.LevelOK, "ai", fmt.Sprintf("%s with %d sections of knowledge", name, health.Sections), "")
	}
	if e := cfg.embedder(log); e != nil {
		if err := e.Check(ctx); err != nil {
			say(slackapp.LevelFail, "ai embeddings", err.Error(), "correct OPENAI_EMBEDDING_MODEL, or leave it out and search goes by words")
		} else {
			say(slackapp.LevelOK, "ai embeddings", e.Model, "")
		}
	}
}
