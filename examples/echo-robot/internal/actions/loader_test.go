package actions

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const onlyEcho = "version: 1\nactions: [{name: say, kind: echo}]\n"

func TestReloadKeepsTheLastGoodCatalog(t *testing.T) {
	t.Parallel()
	path, registry, loader := loaderFor(t, onlyEcho)

	if changed, err := loader.Reload(); err != nil || changed {
		t.Fatalf("unchanged file: changed = %v, error = %v", changed, err)
	}
	write(t, path, "version: 1\nactions: [{name: say, kind: sing}]\n")
	if changed, err := loader.Reload(); err == nil || changed {
		t.Fatalf("broken file: changed = %v, error = %v", changed, err)
	}
	if got := run(t, registry, "say hi"); got != "hi" {
		t.Errorf("after a broken file say = %q, want %q", got, "hi")
	}
}

func TestWatchReloadsWhileRunning(t *testing.T) {
	t.Parallel()
	path, registry, loader := loaderFor(t, onlyEcho)
	ctx, cancel := context.WithCancel(context.Background())
	ticks, reports, done := make(chan time.Time), make(chan error), make(chan struct{})
	go func() {
		defer close(done)
		loader.Watch(ctx, ticks, func(_ bool, err error) { reports <- err })
	}()

	write(t, path, "version: 1\nactions: [{name: say, kind: upper}]\n")
	ticks <- time.Time{}
	if err := <-reports; err != nil {
		t.Fatal(err)
	}
	if got := run(t, registry, "/say hi"); got != "HI" {
		t.Errorf("say = %q, want %q", got, "HI")
	}

	write(t, path, "broken")
	ticks <- time.Time{}
	if err := <-reports; err == nil {
		t.Error("a broken file was not reported")
	}
	cancel()
	<-done
}

func TestRunNamesWhatIsUnknown(t *testing.T) {
	t.Parallel()
	_, registry, _ := loaderFor(t, onlyEcho)
	result, err := registry.Run(context.Background(), "dance all night", "")
	if !errors.Is(err, ErrUnknown) || result.Action != "" {
		t.Errorf("result = %+v, error = %v", result, err)
	}
}

func TestRunStopsAtTheTimeout(t *testing.T) {
	t.Parallel()
	registry := registryOf(t, "hang", func(ctx context.Context, _ Input) (Output, error) {
		<-ctx.Done()
		return Output{}, ctx.Err()
	})
	if _, err := registry.Run(context.Background(), "hang", ""); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestRunSurvivesAPanic(t *testing.T) {
	t.Parallel()
	registry := registryOf(t, "trip", func(context.Context, Input) (Output, error) { panic("oops") })
	if _, err := registry.Run(context.Background(), "trip", ""); err == nil || !strings.Contains(err.Error(), "oops") {
		t.Errorf("error = %v, want one naming the panic", err)
	}
}

// registryOf declares one action of its own kind, with a timeout of 1 ms.
func registryOf(t *testing.T, name string, action Func) *Registry {
	t.Helper()
	path := filepath.Join(t.TempDir(), "actions.yaml")
	write(t, path, "version: 1\nactions: [{name: "+name+", kind: own, timeout: 1ms}]\n")
	kinds := map[string]Factory{"own": func(map[string]string, Knowledge) (Action, error) { return action, nil }}
	registry := &Registry{}
	if _, err := NewLoader(path, kinds, registry).Reload(); err != nil {
		t.Fatal(err)
	}
	return registry
}

func loaderFor(t *testing.T, text string) (string, *Registry, *Loader) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "actions.yaml")
	write(t, path, text)
	registry := &Registry{}
	loader := NewLoader(path, Kinds(), registry)
	if changed, err := loader.Reload(); err != nil || !changed {
		t.Fatalf("first load: changed = %v, error = %v", changed, err)
	}
	return path, registry, loader
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, registry *Registry, command string) string {
	t.Helper()
	result, err := registry.Run(context.Background(), command, "")
	if err != nil {
		t.Fatal(err)
	}
	return result.Output.Text
}
