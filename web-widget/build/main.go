// Command build bundles the visitor's widget from src into dist, which is
// committed and embedded, so that building the product needs no Node.
//
//	go -C web-widget/build run . ..
//	go -C web-widget/build run . -test ..
//
// The second form runs the widget's own tests under Node instead. The same sources give the same bytes. It fails when a bundle outgrows its
// budget, so that a page which includes the widget stays light.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// Budgets are bytes after gzip -9. The app's grew by 3 kB for files: picking,
// dropping, pasting, progress, retry and pictures; and by 1 kB for opinions:
// thumbs on answers and the rating of a chat.
const (
	loaderBudget = 3 << 10
	appBudget    = 24 << 10
)

func main() {
	tests := flag.Bool("test", false, "run the tests and build nothing")
	flag.Parse()
	work := run
	if *tests {
		work = test
	}
	if err := work(flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "build:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	licence, err := os.ReadFile(filepath.Join(dir, "node_modules", "preact", "LICENSE"))
	if err != nil {
		return fmt.Errorf("preact is not installed, run npm ci in %s first: %w", dir, err)
	}
	app, err := bundle(dir, "src/app.tsx", nil)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(app)
	name := "app-" + hex.EncodeToString(sum[:5]) + ".js"
	loader, err := bundle(dir, "src/loader.ts", map[string]string{"APP_PATH": `"/widget/` + name + `"`})
	if err != nil {
		return err
	}

	dist := filepath.Join(dir, "dist")
	if err := clear(dist); err != nil {
		return err
	}
	notice := append([]byte("app-*.js contains Preact, under this licence:\n\n"), licence...)
	for file, content := range map[string][]byte{name: app, "widget.js": loader, "licenses.txt": notice} {
		if err := os.WriteFile(filepath.Join(dist, file), content, 0o644); err != nil {
			return err
		}
	}
	return errors.Join(weigh("widget.js", loader, loaderBudget), weigh(name, app, appBudget))
}

// test bundles each test file for Node and has Node run them.
func test(dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "src", "test", "*.test.ts"))
	if err != nil {
		return err
	}
	if len(files) == 0 {
		return errors.New("no tests found")
	}
	out, err := os.MkdirTemp("", "widget-test-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(out) }()
	result := api.Build(api.BuildOptions{
		AbsWorkingDir: dir,
		EntryPoints:   files,
		Outdir:        out,
		OutExtension:  map[string]string{".js": ".mjs"},
		Bundle:        true,
		Write:         true,
		Platform:      api.PlatformNode,
		Format:        api.FormatESModule,
		TsconfigRaw:   "{}",
		LogLevel:      api.LogLevelSilent,
	})
	if err := failure(result); err != nil {
		return err
	}
	node := exec.Command("node", "--test", "--test-reporter=dot", out)
	node.Stdout, node.Stderr = os.Stdout, os.Stderr
	return node.Run()
}

func failure(result api.BuildResult) error {
	if len(result.Errors) == 0 {
		return nil
	}
	return errors.New(strings.Join(api.FormatMessages(result.Errors, api.FormatMessagesOptions{}), ""))
}

// clear removes what an earlier build left, so that dist holds one app.
func clear(dist string) error {
	if err := os.MkdirAll(dist, 0o755); err != nil {
		return err
	}
	old, err := filepath.Glob(filepath.Join(dist, "app-*.js"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return nil
}

func bundle(dir, entry string, define map[string]string) ([]byte, error) {
	result := api.Build(api.BuildOptions{
		AbsWorkingDir:     dir,
		EntryPoints:       []string{entry},
		Bundle:            true,
		Format:            api.FormatIIFE,
		Target:            api.ES2021,
		Charset:           api.CharsetUTF8,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		JSX:               api.JSXAutomatic,
		JSXImportSource:   "preact",
		TsconfigRaw:       "{}",
		Define:            define,
		Plugins:           []api.Plugin{minifiedCSS},
		LogLevel:          api.LogLevelSilent,
	})
	if err := failure(result); err != nil {
		return nil, err
	}
	return result.OutputFiles[0].Contents, nil
}

// minifiedCSS makes an imported style sheet a string, for adopting into the
// shadow root.
var minifiedCSS = api.Plugin{
	Name: "minified-css",
	Setup: func(build api.PluginBuild) {
		build.OnLoad(api.OnLoadOptions{Filter: `\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			source, err := os.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			result := api.Transform(string(source), api.TransformOptions{
				Loader:           api.LoaderCSS,
				Sourcefile:       filepath.Base(args.Path),
				MinifyWhitespace: true,
				MinifySyntax:     true,
				Charset:          api.CharsetUTF8,
			})
			if problems := append(result.Errors, result.Warnings...); len(problems) > 0 {
				return api.OnLoadResult{Errors: problems}, nil
			}
			text := strings.TrimSpace(string(result.Code))
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderText}, nil
		})
	},
}

func weigh(name string, content []byte, budget int) error {
	var packed bytes.Buffer
	zip, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := zip.Write(content); err != nil {
		return err
	}
	if err := zip.Close(); err != nil {
		return err
	}
	fmt.Printf("%-20s %6d bytes, %5d gzipped of %d\n", name, len(content), packed.Len(), budget)
	if packed.Len() > budget {
		return fmt.Errorf("%s is %d bytes gzipped, over its budget of %d", name, packed.Len(), budget)
	}
	return nil
}
