package actions

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
)

// Registry serves the catalog in force. Readers never wait for a reload.
type Registry struct {
	current atomic.Pointer[Catalog]
}

// Catalog is the catalog in force, or nil before the first one.
func (r *Registry) Catalog() *Catalog { return r.current.Load() }

// KnowledgeLoaded reports the number of answers in force.
func (r *Registry) KnowledgeLoaded() int {
	catalog := r.Catalog()
	if catalog == nil {
		return 0
	}
	return catalog.knowledge.Size()
}

// Result is what became of one command.
type Result struct {
	// Action is the declared name; empty when the command named none, so that
	// a label never holds text that a user made up.
	Action string
	Output Output
}

// Run reads "name text" (a leading slash is allowed) and runs that action
// within its time limit.
func (r *Registry) Run(ctx context.Context, command, user string) (Result, error) {
	name, text, _ := strings.Cut(strings.TrimSpace(command), " ")
	name = strings.TrimPrefix(name, "/")

	catalog := r.Catalog()
	if catalog == nil {
		return Result{}, errors.New("no catalog is loaded")
	}
	entry, ok := catalog.entries[name]
	if !ok {
		return Result{}, fmt.Errorf("%w: %q", ErrUnknown, name)
	}

	ctx, cancel := context.WithTimeout(ctx, entry.Timeout)
	defer cancel()
	output, err := execute(ctx, entry.Action, Input{Text: strings.TrimSpace(text), User: user})
	if err != nil {
		return Result{Action: entry.Name}, fmt.Errorf("action %s: %w", entry.Name, err)
	}
	return Result{Action: entry.Name, Output: output}, nil
}

// execute turns a panic into an error: one bad action must not end the sessions
// of everyone else.
func execute(ctx context.Context, action Action, input Input) (output Output, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			output, err = Output{}, fmt.Errorf("panic: %v", cause)
		}
	}()
	return action.Execute(ctx, input)
}
