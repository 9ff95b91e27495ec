package actions

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"gopkg.in/yaml.v3"
)

const (
	catalogVersion = 1
	defaultTimeout = 5 * time.Second
)

// Entry is one declared action, ready to run.
type Entry struct {
	Name    string
	Help    string
	Timeout time.Duration
	Action  Action
}

// Catalog is one consistent reading of the declarations. It never changes once built.
type Catalog struct {
	entries   map[string]Entry
	knowledge Knowledge
}

// Entries lists the actions by name.
func (c *Catalog) Entries() []Entry {
	entries := make([]Entry, 0, len(c.entries))
	for _, entry := range c.entries {
		entries = append(entries, entry)
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name < entries[j].Name })
	return entries
}

type declaration struct {
	Version   int    `yaml:"version"`
	Knowledge string `yaml:"knowledge"`
	Actions   []struct {
		Name    string            `yaml:"name"`
		Kind    string            `yaml:"kind"`
		Help    string            `yaml:"help"`
		Timeout string            `yaml:"timeout"`
		With    map[string]string `yaml:"with"`
	} `yaml:"actions"`
}

func parseDeclaration(data []byte) (declaration, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	var parsed declaration
	if err := decoder.Decode(&parsed); err != nil {
		if errors.Is(err, io.EOF) {
			return declaration{}, errors.New("the file is empty")
		}
		return declaration{}, fmt.Errorf("parse: %w", err)
	}
	if parsed.Version != catalogVersion {
		return declaration{}, fmt.Errorf("version %d is not supported, expected %d", parsed.Version, catalogVersion)
	}
	if len(parsed.Actions) == 0 {
		return declaration{}, errors.New("no action is declared")
	}
	return parsed, nil
}

func buildCatalog(parsed declaration, knowledge Knowledge, kinds map[string]Factory) (*Catalog, error) {
	entries := make(map[string]Entry, len(parsed.Actions))
	for position, declared := range parsed.Actions {
		if declared.Name == "" {
			return nil, fmt.Errorf("actions[%d]: name is missing", position)
		}
		if _, twice := entries[declared.Name]; twice {
			return nil, fmt.Errorf("action %q is declared twice", declared.Name)
		}
		factory, ok := kinds[declared.Kind]
		if !ok {
			return nil, fmt.Errorf("action %q: unknown kind %q", declared.Name, declared.Kind)
		}
		action, err := factory(declared.With, knowledge)
		if err != nil {
			return nil, fmt.Errorf("action %q: %w", declared.Name, err)
		}
		timeout, err := parseTimeout(declared.Timeout)
		if err != nil {
			return nil, fmt.Errorf("action %q: %w", declared.Name, err)
		}
		entries[declared.Name] = Entry{Name: declared.Name, Help: declared.Help, Timeout: timeout, Action: action}
	}
	return &Catalog{entries: entries, knowledge: knowledge}, nil
}

func parseTimeout(text string) (time.Duration, error) {
	if text == "" {
		return defaultTimeout, nil
	}
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("timeout: %w", err)
	}
	if timeout <= 0 {
		return 0, fmt.Errorf("timeout %s must be above zero", timeout)
	}
	return timeout, nil
}
