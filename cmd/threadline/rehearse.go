package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"threadline/bridge"
	"threadline/storage"
)

// Bounds of a rehearsal: the days it looks back unless told, and the episodes
// it plays at most.
const (
	rehearseDays     = 30
	rehearseEpisodes = 10_000
)

// rehearse plays past chats against changed triggers and lists what would come
// out otherwise. It only reads, so it may run beside the program that serves.
func rehearse(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline rehearse", flag.ContinueOnError)
	days := fs.Int("days", 0, fmt.Sprintf("play the chats of the last `N` days (%d unless told)", rehearseDays))
	last := fs.Int("last", 0, "play the last `N` chats")
	file := fs.String("triggers", "", "a settings `file` whose triggers are tried; without it, what happened is compared with the present settings")
	asJSON := fs.Bool("json", false, "print JSON")
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	switch {
	case fs.NArg() > 0:
		return usageError{fmt.Errorf("rehearse takes no argument %q; write --triggers FILE", fs.Arg(0))}
	case *days < 0 || *last < 0:
		return usageError{errors.New("--days and --last take a number above 0")}
	case *days > 0 && *last > 0:
		return usageError{errors.New("write --days or --last, not both")}
	case *last > rehearseEpisodes:
		return usageError{fmt.Errorf("--last takes at most %d", rehearseEpisodes)}
	}
	cfg, err := loadConfig(withoutSlack)
	if err != nil {
		return err
	}
	store, err := storage.OpenToRead(ctx, cfg.DatabaseURL.reveal())
	if err != nil {
		return databaseError{fmt.Errorf("the database cannot be read: %w", err)}
	}
	defer closeStore(store, cfg.logger(stderr))
	next, err := changedTriggers(ctx, store, *file)
	if err != nil {
		return err
	}
	span, since, limit := "the last "+counted(*last, "chat"), time.Time{}, *last
	if *last == 0 {
		if *days == 0 {
			*days = rehearseDays
		}
		span, since, limit = "the chats of the last "+counted(*days, "day"), time.Now().Add(-time.Duration(*days)*24*time.Hour), rehearseEpisodes
	}
	episodes, err := store.Episodes(ctx, since, limit)
	if err != nil {
		return databaseError{err}
	}
	r, err := bridge.Rehearse(ctx, store, episodes, next)
	if err != nil {
		return databaseError{err}
	}
	if *asJSON {
		return rehearsalJSON(stdout, r)
	}
	_, err = io.WriteString(stdout, rehearsalText(r, span, next == nil))
	return err
}

// changedTriggers are the present settings with the file's triggers laid over
// them, or nil without a file. Its other settings are left alone.
func changedTriggers(ctx context.Context, store *storage.Store, file string) (*bridge.Setup, error) {
	if file == "" {
		return nil, nil
	}
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, usageError{fmt.Errorf("--triggers: %w", err)}
	}
	present, err := store.Setup(ctx)
	if err != nil {
		return nil, databaseError{err}
	}
	merged, err := mergeSettings(data, present)
	if err != nil {
		return nil, usageError{fmt.Errorf("--triggers %s: %w", file, err)}
	}
	present.Triggers = merged.Triggers
	if err := present.Check(); err != nil {
		return nil, usageError{fmt.Errorf("--triggers %s: %w", file, err)}
	}
	return &present, nil
}

func rehearsalText(r bridge.Rehearsal, span string, happened bool) string {
	var b strings.Builder
	if r.Episodes == 0 {
		return fmt.Sprintf("There is nothing to play in %s.\n", span)
	}
	before := "with the present settings"
	if happened {
		before = "as it happened"
	}
	fmt.Fprintf(&b, "%s: %s played\n", span, counted(r.Episodes, "chat"))
	fmt.Fprintf(&b, "handed over: %s (%s) %s, %s (%s) after the change\n", fmt.Sprint(r.HandedBefore), shareOf(r.HandedBefore, r.Episodes), before, fmt.Sprint(r.HandedAfter), shareOf(r.HandedAfter, r.Episodes))
	list := func(title string, rows []bridge.Rehearsed) {
		fmt.Fprintf(&b, "\n%s: %d\n", title, len(rows))
		for _, x := range rows {
			fmt.Fprintf(&b, "  %s  %s", x.Episode.Began.UTC().Format("2006-01-02 15:04"), x.Episode.Conversation)
			if x.Episode.Number > 1 {
				fmt.Fprintf(&b, " (%d)", x.Episode.Number)
			}
			for _, h := range []*bridge.Hit{x.Before, x.After} {
				if h != nil {
					b.WriteString("  " + h.Trigger)
					if h.Strength > 0 {
						fmt.Fprintf(&b, " %.2f", h.Strength)
					}
					fmt.Fprintf(&b, " %q", shortened(h.Evidence))
				}
			}
			if x.Anyway {
				b.WriteString("  (a person came anyway)")
			}
			b.WriteByte('\n')
		}
	}
	list("would now be handed over", r.Now)
	list("would no longer be handed over", r.NoLonger)
	list("would be handed over for another reason", r.Otherwise)
	b.WriteString("\nOnly words are judged anew: buttons, the assistant's own judgement and agents who stepped in stay as they were.\n")
	return b.String()
}

func rehearsalJSON(w io.Writer, r bridge.Rehearsal) error {
	type row struct {
		Conversation bridge.ConversationID `json:"conversation"`
		Episode      int                   `json:"episode"`
		Began        time.Time             `json:"began"`
		Before       *bridge.Hit           `json:"before"`
		After        *bridge.Hit           `json:"after"`
		Anyway       bool                  `json:"anyway"`
	}
	rows := func(from []bridge.Rehearsed) []row {
		out := []row{}
		for _, x := range from {
			out = append(out, row{x.Episode.Conversation, x.Episode.Number, x.Episode.Began.UTC(), x.Before, x.After, x.Anyway})
		}
		return out
	}
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(map[string]any{
		"episodes": r.Episodes, "handed_before": r.HandedBefore, "handed_after": r.HandedAfter,
		"now": rows(r.Now), "no_longer": rows(r.NoLonger), "otherwise": rows(r.Otherwise),
	})
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func shareOf(n, of int) string { return fmt.Sprintf("%.1f %%", 100*float64(n)/float64(of)) }

// shortened is one line of a visitor's words.
func shortened(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 80 {
		return string(r[:79]) + "…"
	}
	return string(r)
}
