package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"

	"threadline"
	"threadline/slackapp/slacksim"
)

// simulate runs the Slack simulator alone.
func simulate(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline slacksim", flag.ContinueOnError)
	listenAddr := fs.String("listen", "127.0.0.1:8081", "loopback `address` to serve on; port 0 takes a free one")
	data := fs.String("data", "", "`directory` where its state is kept; empty keeps it in memory")
	seed := fs.Int64("seed", 1, "the same `number` gives the same tokens, ids and people")
	profile := fs.String("profile", "strict", "strict enforces Slack's rate limits, relaxed does not")
	manifest := fs.String("manifest", "", "the app's manifest `file`; empty is this program's own")
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	if *profile != "strict" && *profile != "relaxed" {
		return usageError{fmt.Errorf("--profile is %q: write strict or relaxed", *profile)}
	}
	app := threadline.Manifest
	if *manifest != "" {
		b, err := os.ReadFile(*manifest)
		if err != nil {
			return usageError{fmt.Errorf("--manifest: %w", err)}
		}
		app = b
	}
	sim, err := slacksim.Start(ctx, slacksim.Config{
		Listen: *listenAddr, Dir: *data, Seed: *seed, Strict: *profile == "strict", Manifest: app,
		Logger: newLogger(stderr, slog.LevelInfo, "text"),
	})
	if err != nil {
		return usageError{err}
	}
	_, err = fmt.Fprintf(stdout, "slack %s\nbot-token %s\napp-token %s\nready\n", sim.URL(), sim.BotToken(), sim.AppToken())
	if err == nil {
		<-ctx.Done()
	}
	if closeErr := sim.Close(); err == nil {
		err = closeErr
	}
	return err
}
