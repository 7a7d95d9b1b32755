package main

import (
	"context"
	"embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"

	"threadline"
	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/slackapp/slacksim"
	"threadline/storage"
)

// demoFiles are the sample business: site/ its page, knowledge/ what the
// assistant knows.
//
//go:embed demo
var demoFiles embed.FS

// demo runs the whole product on this machine: simulator, SQLite, a sample
// business and its page.
func demo(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	flags := flag.NewFlagSet("threadline demo", flag.ContinueOnError)
	listenAddr := flags.String("listen", "127.0.0.1:8080", "`address` of the sample site; port 0 takes a free one")
	slackAddr := flags.String("slack-listen", "127.0.0.1:8081", "loopback `address` of the Slack simulator")
	data := flags.String("data", "", "`directory` to keep everything in; empty is a fresh temporary one")
	if err := parse(flags, args, stderr); err != nil {
		return err
	}
	log := newLogger(stderr, slog.LevelInfo, "text")
	dir := *data
	if dir == "" {
		dir, err = os.MkdirTemp("", "threadline-demo-")
		if err != nil {
			return databaseError{fmt.Errorf("make a temporary directory: %w", err)}
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	}
	if err := os.MkdirAll(filepath.Join(dir, "slack"), 0o750); err != nil {
		return databaseError{fmt.Errorf("--data: %w", err)}
	}

	listener, err := listen(ctx, *listenAddr)
	if err != nil {
		return err
	}
	cfg := config{
		DatabaseURL:  secret("sqlite:" + filepath.Join(dir, "threadline.db")),
		SlackChannel: "support", LogLevel: "info", LogFormat: "text", clock: newClock(),
	}
	// The simulator outlives the product's stop, so that nothing in flight is
	// cut; it ends with this function.
	sim, err := slacksim.Start(context.WithoutCancel(ctx), slacksim.Config{
		Listen: *slackAddr, Dir: filepath.Join(dir, "slack"), Seed: 1, Strict: true,
		Manifest: threadline.Manifest, Logger: log, SiteURL: cfg.publicURL(listener.Addr()),
	})
	if err != nil {
		return errors.Join(usageError{err}, listener.Close())
	}
	defer func() { err = errors.Join(err, sim.Close()) }()
	cfg.SlackAPIURL, cfg.SlackBotToken, cfg.SlackAppToken = sim.APIURL(), secret(sim.BotToken()), secret(sim.AppToken())

	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer closeStore(store, log)
	if err := furnish(ctx, store); err != nil {
		return errors.Join(err, listener.Close())
	}
	page, err := demoPage()
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	return product{
		cfg: cfg, listener: listener, store: store, page: page, log: log,
		stdout: stdout, lines: []string{"slack " + sim.URL()},
	}.run(ctx)
}

// furnish gives the sample business its name and its knowledge.
func furnish(ctx context.Context, store *storage.Store) error {
	site := bridge.DefaultSite()
	site.Name = "Northside Home Comfort"
	site.AssistantName = "Nora"
	site.Instructions = "You help homeowners in Chicago with heating, cooling and plumbing."
	site.Texts.Greeting = "Hi! I'm Nora. Ask me about heating, cooling or plumbing, or ask for a person at any time."
	if err := store.SaveSite(ctx, site); err != nil {
		return databaseError{fmt.Errorf("furnish the sample site: %w", err)}
	}
	known, err := fs.Sub(demoFiles, "demo/knowledge")
	if err != nil {
		return fmt.Errorf("sample knowledge: %w", err)
	}
	if _, err := assistant.ImportFS(ctx, store, known, "demo"); err != nil {
		return databaseError{fmt.Errorf("import the sample knowledge: %w", err)}
	}
	return nil
}

// demoPage serves the sample site.
func demoPage() (http.Handler, error) {
	site, err := fs.Sub(demoFiles, "demo/site")
	if err != nil {
		return nil, fmt.Errorf("sample site: %w", err)
	}
	return http.FileServerFS(site), nil
}
