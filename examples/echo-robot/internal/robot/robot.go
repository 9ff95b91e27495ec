// Package robot joins platform and actions: it takes signed events, runs the
// command in a session, and replies.
package robot

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/pkg/logging"
	"example.com/echo-robot/pkg/metrics"
)

// Platform is what the robot needs of the chat platform.
type Platform interface {
	Messages(r *http.Request) ([]platform.Message, error)
	Reply(ctx context.Context, replyToken, text string) error
	Check(ctx context.Context) error
}

// Options are the robot's parts. Platform may be nil when only Once is used.
type Options struct {
	Registry *actions.Registry
	Platform Platform
	Metrics  *metrics.Registry
	Logger   *logging.Logger
	// MaxSessions run at a time; more are dropped, and the platform delivers
	// their events again.
	MaxSessions int
	// SessionTimeout bounds one session, its reply included.
	SessionTimeout time.Duration
}

// Robot is safe for concurrent use.
type Robot struct {
	registry *actions.Registry
	platform Platform
	exported *metrics.Registry
	logger   *logging.Logger
	meters   meters
	sessions *sessions
	seen     *seen
}

// seenEvents is how many event ids are remembered against second deliveries.
const seenEvents = 4096

// New checks the options and makes a robot.
func New(options Options) (*Robot, error) {
	if options.MaxSessions < 1 {
		return nil, fmt.Errorf("sessions: at least one must be allowed, got %d", options.MaxSessions)
	}
	if options.SessionTimeout <= 0 {
		return nil, fmt.Errorf("session timeout %s must be above zero", options.SessionTimeout)
	}
	counted := newMeters(options.Metrics)
	return &Robot{
		registry: options.Registry,
		platform: options.Platform,
		exported: options.Metrics,
		logger:   options.Logger,
		meters:   counted,
		sessions: newSessions(options.MaxSessions, options.SessionTimeout, counted),
		seen:     newSeen(seenEvents),
	}, nil
}

// Stop lets running sessions finish until ctx is done, then cancels what is left.
func (r *Robot) Stop(ctx context.Context) error {
	return r.sessions.stop(ctx)
}

// answer runs one command. The text is what to tell the user, also on error.
func (r *Robot) answer(ctx context.Context, command, user string) (string, error) {
	started := time.Now()
	result, err := r.registry.Run(ctx, command, user)
	outcome := outcomeOf(err)
	r.meters.command(result.Action, outcome, time.Since(started))
	if err != nil {
		r.logger.Error(ctx, "command failed", err, "action", result.Action, "outcome", outcome)
		return r.apology(outcome), err
	}
	r.logger.Info(ctx, "command ran", "action", result.Action, "duration", time.Since(started))
	return result.Output.Text, nil
}

func outcomeOf(err error) string {
	switch {
	case err == nil:
		return "ok"
	case errors.Is(err, actions.ErrUnknown):
		return "unknown"
	case errors.Is(err, actions.ErrNoAnswer):
		return "no_answer"
	case errors.Is(err, actions.ErrNoText):
		return "no_text"
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	default:
		return "error"
	}
}

// apology never shows the error itself: it may name things inside the robot.
func (r *Robot) apology(outcome string) string {
	switch outcome {
	case "unknown":
		return "I do not know that. I can: " + strings.Join(r.names(), ", ")
	case "no_answer":
		return "I have no answer to that."
	case "no_text":
		return "Please tell me what, too."
	case "timeout":
		return "That took too long."
	default:
		return "That did not work."
	}
}

func (r *Robot) names() []string {
	catalog := r.registry.Catalog()
	if catalog == nil {
		return nil
	}
	var names []string
	for _, entry := range catalog.Entries() {
		names = append(names, entry.Name)
	}
	return names
}
