package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"threadline/bridge"
	"threadline/bridge/assistant"
	"threadline/slackapp"
	"threadline/storage"
	widget "threadline/web-widget"
)

// stopVisitorsWithin is what visitors' requests get of the ten seconds in which
// an orderly stop ends. What is not done by then is done at the next start,
// because everything that must happen is in the database.
const stopVisitorsWithin = 3 * time.Second

// serve runs the product against the configured Slack and database.
func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	fs := flag.NewFlagSet("threadline serve", flag.ContinueOnError)
	if err := parse(fs, args, stderr); err != nil {
		return err
	}
	cfg, err := loadConfig(withSlack)
	if err != nil {
		return err
	}
	log := cfg.logger(stderr)
	warnUnused(log)
	listener, err := listen(ctx, cfg.ListenAddr)
	if err != nil {
		return err
	}
	store, err := openStore(ctx, cfg, log)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer closeStore(store, log)
	if cfg.KnowledgeDir != "" {
		report, err := assistant.ImportDir(ctx, store, cfg.KnowledgeDir)
		if err != nil {
			return errors.Join(usageError{fmt.Errorf("KNOWLEDGE_DIR: %w", err)}, listener.Close())
		}
		log.Info("knowledge imported", "from", cfg.KnowledgeDir, "report", report.String())
	}
	return product{cfg: cfg, listener: listener, store: store, stdout: stdout, log: log}.run(ctx)
}

func (c config) logger(w io.Writer) *slog.Logger {
	level, err := c.level()
	if err != nil {
		level = slog.LevelInfo // loadConfig has refused it already
	}
	return newLogger(w, level, c.LogFormat)
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, usageError{fmt.Errorf("cannot listen on %s: %w; choose another address or stop the program that has it", addr, err)}
	}
	return l, nil
}

func openStore(ctx context.Context, cfg config, log *slog.Logger) (*storage.Store, error) {
	store, err := storage.Open(ctx, cfg.DatabaseURL.reveal(), storage.Options{Logger: log, Clock: cfg.clock})
	if err != nil {
		return nil, databaseError{fmt.Errorf("the database cannot be used: %w", err)}
	}
	return store, nil
}

func closeStore(store *storage.Store, log *slog.Logger) {
	if err := store.Close(); err != nil {
		log.Error("close database", "err", err)
	}
}

// signingKey is what visitors' tokens are signed with: the configured one, or
// one made once and kept in the database.
func signingKey(ctx context.Context, cfg config, store *storage.Store) ([]byte, error) {
	if cfg.SecretKey != "" {
		return []byte(cfg.SecretKey.reveal()), nil
	}
	key, err := store.Secret(ctx, "visitor-tokens", func() ([]byte, error) {
		b := make([]byte, 32)
		_, err := rand.Read(b)
		return b, err
	})
	if err != nil {
		return nil, databaseError{fmt.Errorf("the signing key cannot be kept: %w", err)}
	}
	return key, nil
}

func (c config) assistant(index *assistant.Index, log *slog.Logger) assistant.Checked {
	return assistant.New(assistant.Config{
		APIKey: c.OpenAIKey.reveal(), BaseURL: c.OpenAIBaseURL, Model: c.OpenAIModel,
		Index: index, Clock: c.clock, Logger: log,
	})
}

// embedder is nil where no embedding model is configured.
func (c config) embedder(log *slog.Logger) *assistant.Embedder {
	if c.OpenAIVectors == "" {
		return nil
	}
	return assistant.NewEmbedder(assistant.EmbedderConfig{
		APIKey: c.OpenAIKey.reveal(), BaseURL: c.OpenAIBaseURL, Model: c.OpenAIVectors, Clock: c.clock, Logger: log,
	})
}

// index searches the library, by meaning too where that is configured.
func (c config) index(library bridge.Library, kept assistant.Vectors, log *slog.Logger) *assistant.Index {
	if e := c.embedder(log); e != nil {
		return assistant.NewHybridIndex(library, e, kept)
	}
	return assistant.NewIndex(library)
}

func (c config) hasModel() bool { return c.OpenAIKey != "" || c.OpenAIBaseURL != "" }

// onlyProcess says that no other process works on the database: a SQLite file
// belongs to one.
func (c config) onlyProcess() bool { return strings.HasPrefix(c.DatabaseURL.reveal(), "sqlite:") }

func (c config) slack(public string, log *slog.Logger) slackapp.Config {
	return paced(slackapp.Config{
		APIURL: c.SlackAPIURL, BotToken: c.SlackBotToken.reveal(), AppToken: c.SlackAppToken.reveal(),
		Channel: c.SlackChannel, Managers: c.Managers, VisitorURL: public,
		Logger: log, Clock: c.clock,
	})
}

// product is everything that serve and demo decide before the parts are wired.
type product struct {
	cfg      config
	listener net.Listener
	store    *storage.Store
	page     http.Handler // beside the widget's own paths; nil for none
	stdout   io.Writer
	lines    []string // said between the site and ready
	log      *slog.Logger
}

// run wires the parts in one straight line, runs them, and stops them in order
// when ctx ends: intake first, then what is in flight, then the loops.
func (p product) run(ctx context.Context) error {
	cfg, listener, store, log := p.cfg, p.listener, p.store, p.log
	public := cfg.publicURL(listener.Addr())
	key, err := signingKey(ctx, cfg, store)
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	stopErrands, err := takeErrands(ctx, cfg, store, log)
	if err != nil {
		return errors.Join(databaseError{err}, listener.Close())
	}
	defer stopErrands()

	hub := widget.NewHub(store, cfg.clock, log)
	desk := slackapp.NewDesk(cfg.slack(public, log), store)
	feed, spread := store.Spread(ears{hub, desk})
	index := cfg.index(store, store, log)
	answerer := cfg.assistant(index, log)
	core := bridge.New(bridge.Config{
		Store: store, Assistant: answerer, Feed: feed, Clock: cfg.clock, Logger: log, NewID: newID,
		SoleOwner:      cfg.onlyProcess(),
		ModelSummaries: cfg.hasModel(),
		NoLimits:       cfg.VisitorRate == "off",
		ChannelOf:      desk.ChannelOf,
	})
	app := slackapp.New(desk, store, core)
	visitors, err := widget.New(widget.Config{
		PublicURL: public, Secret: key, Rate: visitorRate(cfg), TrustedProxies: cfg.trusted, Logger: log, Clock: cfg.clock,
		Store: store, Ready: readiness(cfg, desk), Feed: feed, Page: p.page,
	}, core, hub)
	if err != nil {
		return errors.Join(usageError{err}, listener.Close())
	}

	server := &http.Server{Handler: visitors, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	loops, stopLoops := context.WithCancel(context.WithoutCancel(ctx))
	defer stopLoops()
	intake, stopIntake := context.WithCancel(ctx)
	defer stopIntake()

	parts, failed := errgroup.WithContext(loops)
	parts.Go(func() error { return quietly(spread(loops)) })
	parts.Go(func() error { return quietly(core.Run(loops)) })
	parts.Go(func() error { return quietly(index.Run(loops)) })
	parts.Go(func() error { return quietly(desk.Run(loops)) })
	doors, doorFailed := errgroup.WithContext(intake)
	doors.Go(func() error { return quietly(app.Run(intake)) })
	doors.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve http: %w", err)
		}
		return nil
	})
	said := append(append([]string{"site " + public}, p.lines...), "ready")
	if _, err := fmt.Fprintln(p.stdout, strings.Join(said, "\n")); err != nil {
		log.Error("say ready", "err", err)
		stopIntake()
	}

	select {
	case <-doorFailed.Done(): // a signal, or a door that broke
	case <-failed.Done():
	}
	log.Info("stopping")
	within, done := context.WithTimeout(context.WithoutCancel(ctx), stopVisitorsWithin)
	defer done()
	stopIntake()
	visitors.Close()
	shutdownErr := server.Shutdown(within)
	if errors.Is(shutdownErr, context.DeadlineExceeded) {
		log.Warn("some visitors were still being served", "after", stopVisitorsWithin)
		shutdownErr = server.Close()
	}
	doorErr := doors.Wait()
	stopLoops()
	loopErr := parts.Wait()
	return errors.Join(doorErr, loopErr, shutdownErr)
}

// quietly drops the error that an orderly stop causes.
func quietly(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// visitorRate are the limits on visitors; none with VISITOR_RATE=off.
func visitorRate(cfg config) widget.Rate {
	if cfg.VisitorRate == "off" {
		return widget.Rate{}
	}
	return widget.DefaultRate()
}

func readiness(cfg config, desk *slackapp.Desk) func() widget.Readiness {
	name := "builtin"
	if cfg.hasModel() {
		name = "model"
	}
	return func() widget.Readiness {
		ctx, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		lag, err := desk.Lag(ctx)
		if err != nil {
			lag = 0 // the database's own line in the answer says so
		}
		return widget.Readiness{Slack: desk.Status(), Assistant: name, Lag: lag}
	}
}
