// Package actions holds what the robot can do: the contract of an action, the
// kinds that ship with the robot, and the registry that is filled from YAML.
package actions

import (
	"context"
	"errors"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrUnknown: no action of that name is declared.
	ErrUnknown = errors.New("unknown action")
	// ErrNoAnswer: a lookup found nothing. The robot works; the knowledge has a gap.
	ErrNoAnswer = errors.New("no answer known")
	// ErrNoText: the action needs text and got none.
	ErrNoText = errors.New("no text given")
)

// Input is one request to an action.
type Input struct {
	// Text is what followed the action's name, trimmed.
	Text string
	// User is the platform's id of the sender; empty when there is none.
	User string
}

// Output is what an action says.
type Output struct {
	Text string
}

// Action is the one contract. Execute must return when ctx is done and must be
// safe for concurrent use.
type Action interface {
	Execute(ctx context.Context, input Input) (Output, error)
}

// Func lets a plain function be an Action.
type Func func(ctx context.Context, input Input) (Output, error)

// Execute implements Action.
func (f Func) Execute(ctx context.Context, input Input) (Output, error) {
	return f(ctx, input)
}
