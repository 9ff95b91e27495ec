package actions

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCatalogFromTestdata(t *testing.T) {
	t.Parallel()
	registry := &Registry{}
	if _, err := NewLoader(filepath.Join("testdata", "actions.yaml"), Kinds(), registry).Reload(); err != nil {
		t.Fatal(err)
	}
	entries := registry.Catalog().Entries()
	if len(entries) != 2 || entries[0].Name != "ask" || entries[1].Name != "say" {
		t.Fatalf("entries = %+v, want ask and say", entries)
	}
	if entries[0].Timeout != 250*time.Millisecond || entries[1].Timeout != defaultTimeout {
		t.Errorf("timeouts = %s and %s", entries[0].Timeout, entries[1].Timeout)
	}
	if registry.KnowledgeLoaded() != 1 {
		t.Errorf("knowledge = %d answers, want 1", registry.KnowledgeLoaded())
	}
}

func TestShippedConfigurationLoads(t *testing.T) {
	t.Parallel()
	registry := &Registry{}
	path := filepath.Join("..", "..", "configs", "actions.yaml")
	if _, err := NewLoader(path, Kinds(), registry).Reload(); err != nil {
		t.Fatal(err)
	}
}

func TestCatalogRefusesMistakes(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want string }{
		"empty":          {"", "empty"},
		"version":        {"version: 2\nactions: [{name: a, kind: echo}]", "version 2"},
		"no actions":     {"version: 1", "no action"},
		"unknown key":    {"version: 1\nactons: []", "actons"},
		"unknown kind":   {"version: 1\nactions: [{name: a, kind: sing}]", `unknown kind "sing"`},
		"no name":        {"version: 1\nactions: [{kind: echo}]", "actions[0]"},
		"twice":          {"version: 1\nactions: [{name: a, kind: echo}, {name: a, kind: upper}]", "twice"},
		"timeout":        {"version: 1\nactions: [{name: a, kind: echo, timeout: -1s}]", "above zero"},
		"setting":        {"version: 1\nactions: [{name: a, kind: echo, with: {loud: yes}}]", "with.loud"},
		"template":       {"version: 1\nactions: [{name: a, kind: template, with: {text: '{{'}}]", "with.text"},
		"knowledge gone": {"version: 1\nknowledge: gone.yaml\nactions: [{name: a, kind: echo}]", "read knowledge"},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "actions.yaml")
			if err := os.WriteFile(path, []byte(tc.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := NewLoader(path, Kinds(), &Registry{}).Reload()
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error = %v, want one naming %q", err, tc.want)
			}
		})
	}
}
