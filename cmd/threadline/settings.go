package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"threadline/bridge"
	"threadline/storage"
)

const settingsUsage = "write config export, or config apply FILE (- reads the standard input)"

// settings runs the config commands on the configured database. Where a running
// process owns it, that process does it for us.
func settings(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	what, err := verb(args, settingsUsage, stderr)
	if err != nil {
		return err
	}
	cfg, err := loadConfig(withoutSlack)
	if err != nil {
		return err
	}
	fs := flag.NewFlagSet("threadline config "+what, flag.ContinueOnError)
	if err := parse(fs, args[1:], stderr); err != nil {
		return err
	}
	var errand string
	var input []byte
	switch {
	case what == "export" && fs.NArg() == 0:
		errand = errandExport
	case what == "apply" && fs.NArg() == 1:
		errand = errandApply
		if input, err = readSettings(fs.Arg(0)); err != nil {
			return usageError{err}
		}
	default:
		return usageError{errors.New(settingsUsage)}
	}
	store, err := openStore(ctx, cfg, cfg.logger(stderr))
	if errors.Is(err, storage.ErrInUse) {
		return sendErrand(ctx, cfg, errand, input, stdout, err)
	}
	if err != nil {
		return err
	}
	defer closeStore(store, cfg.logger(stderr))
	return runErrand(ctx, store, errand, input, stdout)
}

func readSettings(path string) ([]byte, error) {
	if path == "-" {
		return io.ReadAll(os.Stdin)
	}
	b, err := os.ReadFile(filepath.Clean(path))
	if err != nil {
		return nil, fmt.Errorf("the settings cannot be read: %w", err)
	}
	return b, nil
}

// Errands are what one process asks of another that owns the database.
const (
	errandExport = "config/export"
	errandApply  = "config/apply"
)

// runErrand does an errand with the database in hand.
func runErrand(ctx context.Context, store *storage.Store, errand string, input []byte, stdout io.Writer) error {
	if strings.HasPrefix(errand, errandKnowledge) {
		return runKnowledgeErrand(ctx, store, errand, input, stdout)
	}
	switch errand {
	case errandExport:
		setup, err := store.Setup(ctx)
		if err != nil {
			return databaseError{err}
		}
		out, err := writeSettings(setup)
		if err != nil {
			return err
		}
		_, err = stdout.Write(out)
		return err
	case errandApply:
		return applySettings(ctx, store, input, stdout)
	}
	return usageError{fmt.Errorf("there is no errand %q", errand)}
}

// applySettings lays a file over the settings and prints what changed.
func applySettings(ctx context.Context, store bridge.Keeper, input []byte, stdout io.Writer) error {
	changes, err := store.ChangeSetup(ctx, bridge.Actor{Name: "config apply"}, func(s bridge.Setup) (bridge.Setup, error) {
		return mergeSettings(input, s)
	})
	var refused *bridge.SetupError
	switch {
	case errors.As(err, &refused):
		return usageError{fmt.Errorf("nothing was changed:\n%w", refused.Cause)}
	case err != nil:
		return databaseError{err}
	case len(changes) == 0:
		_, err = fmt.Fprintln(stdout, "nothing to change")
		return err
	}
	var b strings.Builder
	for _, c := range changes {
		b.WriteString(oneLine(c.String()) + "\n")
	}
	_, err = io.WriteString(stdout, b.String())
	return err
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
