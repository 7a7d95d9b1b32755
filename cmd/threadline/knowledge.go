package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strings"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/storage"
)

const kbUsage = "write kb import [--private-host HOST] PATH_OR_URL…, kb list, or kb search [--json] QUERY"

// knowledge runs the kb commands on the configured database.
func knowledge(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	what, err := verb(args, kbUsage, stderr)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(withoutSlack)
	if err != nil {
		return err
	}
	fs := flag.NewFlagSet("threadline kb "+what, flag.ContinueOnError)
	asJSON := false
	web := assistant.Web{Clock: newClock(), Tell: func(line string) { _, _ = fmt.Fprintln(stderr, line) }} // progress that nobody reads is no loss
	switch what {
	case "search":
		fs.BoolVar(&asJSON, "json", false, "print the results as JSON")
	case "import":
		fs.Func("private-host", "a host that is not on the public internet and may be read all the same; may be repeated", func(h string) error {
			web.Private = append(web.Private, h)
			return nil
		})
		fs.IntVar(&web.MaxPages, "max-pages", 500, "how many pages of a sitemap are read")
	}
	if err := parse(fs, args[1:], stderr); err != nil {
		return err
	}
	var do func(context.Context, assistant.Shelf) error
	switch {
	case what == "import" && fs.NArg() > 0:
		do = func(ctx context.Context, s assistant.Shelf) error { return kbImport(ctx, s, web, fs.Args(), stdout) }
	case what == "list" && fs.NArg() == 0:
		do = func(ctx context.Context, s assistant.Shelf) error { return kbList(ctx, s, stdout) }
	case what == "search" && fs.NArg() > 0:
		do = func(ctx context.Context, s assistant.Shelf) error {
			index := assistant.NewIndex(s)
			if kept, ok := s.(assistant.Vectors); ok {
				index = cfg.index(s, kept, cfg.logger(stderr))
			}
			return kbSearch(ctx, index, strings.Join(fs.Args(), " "), asJSON, stdout)
		}
	default:
		return usageError{errors.New(kbUsage)}
	}
	log := cfg.logger(stderr)
	store, err := openStore(ctx, cfg, log)
	if errors.Is(err, storage.ErrInUse) {
		return do(ctx, shelfElsewhere{cfg, err})
	}
	if err != nil {
		return err
	}
	defer closeStore(store, log)
	return do(ctx, store)
}

func kbImport(ctx context.Context, store assistant.Shelf, web assistant.Web, from []string, stdout io.Writer) error {
	for _, p := range from {
		var report assistant.Report
		var err error
		if strings.HasPrefix(p, "http://") || strings.HasPrefix(p, "https://") {
			report, err = web.Import(ctx, store, p)
		} else {
			report, err = assistant.Import(ctx, store, p)
		}
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintf(stdout, "%s: %s\n", p, report); err != nil {
			return err
		}
	}
	return nil
}

func kbList(ctx context.Context, store bridge.Library, stdout io.Writer) error {
	sections, err := store.Sections(ctx)
	if err != nil {
		return err
	}
	for _, s := range sections {
		if _, err := fmt.Fprintf(stdout, "%s\t%s\t%s\n", s.ID, s.Source, s.Title); err != nil {
			return err
		}
	}
	return nil
}

// found is a search result as scripts read it.
type found struct {
	ID         string  `json:"id"`
	Title      string  `json:"title"`
	URL        string  `json:"url"`
	Text       string  `json:"text"`
	Score      float64 `json:"score"`
	Confidence float64 `json:"confidence"`
}

func kbSearch(ctx context.Context, index *assistant.Index, query string, asJSON bool, stdout io.Writer) error {
	hits, err := index.Search(ctx, query, 10)
	if err != nil {
		return err
	}
	if asJSON {
		results := []found{}
		for _, h := range hits {
			s := h.Section
			results = append(results, found{s.ID, s.Title, s.URL, s.Text, h.Score, h.Confidence})
		}
		return json.NewEncoder(stdout).Encode(map[string]any{"results": results})
	}
	if len(hits) == 0 {
		_, err := fmt.Fprintln(stdout, "nothing found")
		return err
	}
	for _, h := range hits {
		if _, err := fmt.Fprintf(stdout, "%.2f  %s\n      %s\n", h.Confidence, h.Section.Title, strings.Join(strings.Fields(h.Section.Text), " ")); err != nil {
			return err
		}
	}
	return nil
}
