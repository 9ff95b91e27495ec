package actions

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// Loader fills a registry from files and keeps it current. One goroutine at a
// time may use it.
type Loader struct {
	path     string
	kinds    map[string]Factory
	registry *Registry
	loaded   [sha256.Size]byte
}

// NewLoader prepares a loader; nothing is read yet.
func NewLoader(path string, kinds map[string]Factory, registry *Registry) *Loader {
	return &Loader{path: path, kinds: kinds, registry: registry}
}

// Reload reads the declarations and the knowledge file that they name (relative
// to them). It reports whether a new catalog is in force; on error the previous
// one stays.
//
// Content is compared, not modification times: a mounted configuration is often
// swapped by a symlink whose target is older than what it replaces.
func (l *Loader) Reload() (bool, error) {
	data, err := os.ReadFile(l.path)
	if err != nil {
		return false, fmt.Errorf("read actions: %w", err)
	}
	parsed, err := parseDeclaration(data)
	if err != nil {
		return false, fmt.Errorf("%s: %w", l.path, err)
	}
	var facts []byte
	if parsed.Knowledge != "" {
		facts, err = os.ReadFile(filepath.Join(filepath.Dir(l.path), parsed.Knowledge))
		if err != nil {
			return false, fmt.Errorf("read knowledge: %w", err)
		}
	}
	digest := digestOf(data, facts)
	if digest == l.loaded {
		return false, nil
	}
	knowledge, err := ParseKnowledge(facts)
	if err != nil {
		return false, fmt.Errorf("%s: %w", parsed.Knowledge, err)
	}
	catalog, err := buildCatalog(parsed, knowledge, l.kinds)
	if err != nil {
		return false, fmt.Errorf("%s: %w", l.path, err)
	}
	l.registry.current.Store(catalog)
	l.loaded = digest
	return true, nil
}

// Watch reloads on every tick until ctx is done. report hears of every new
// catalog and every failure. The caller owns the ticks (a ticker, a signal, a test).
func (l *Loader) Watch(ctx context.Context, ticks <-chan time.Time, report func(changed bool, err error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			if changed, err := l.Reload(); changed || err != nil {
				report(changed, err)
			}
		}
	}
}

func digestOf(data, facts []byte) [sha256.Size]byte {
	first, second := sha256.Sum256(data), sha256.Sum256(facts)
	return sha256.Sum256(append(first[:], second[:]...))
}
