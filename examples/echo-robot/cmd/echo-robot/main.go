// Command echo-robot is a chat robot: a webhook server, or with --once a job
// that runs one command.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/robot"
	"example.com/echo-robot/pkg/logging"
	"example.com/echo-robot/pkg/metrics"
)

const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	go func() {
		<-ctx.Done()
		cancel()
	}()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}, os.LookupEnv))
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

func run(ctx context.Context, args []string, std streams, env lookup) int {
	flags := flag.NewFlagSet("echo-robot", flag.ContinueOnError)
	flags.SetOutput(std.err)
	once := flags.Bool("once", false, "run one command from ROBOT_TASK or standard input, print the answer, exit")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitUsage
	case flags.NArg() > 0:
		fmt.Fprintln(std.err, "echo-robot: no arguments are taken, got", flags.Args())
		return exitUsage
	}
	config, err := readSettings(env)
	if err != nil {
		fmt.Fprintln(std.err, "echo-robot:", err)
		return exitUsage
	}

	logger := logging.New(std.err, time.Now).With("revision", config.revision)
	if *once {
		err = runOnce(ctx, config, std, logger)
	} else {
		err = serve(ctx, config, logger)
	}
	if err != nil {
		logger.Error(ctx, "failed", err)
		return exitFailed
	}
	return 0
}

func runOnce(ctx context.Context, config settings, std streams, logger *logging.Logger) error {
	trace, err := logging.NewTraceID()
	if err != nil {
		return err
	}
	built, _, err := build(config, nil, logger)
	if err != nil {
		return err
	}
	in := std.in
	if config.task != "" {
		// A container of a Job has nothing on its standard input.
		in = strings.NewReader(config.task)
	}
	return built.Once(logging.WithTraceID(ctx, trace), in, std.out)
}

// build loads the actions and joins the parts. client may be nil for a job.
func build(config settings, client robot.Platform, logger *logging.Logger) (*robot.Robot, *actions.Loader, error) {
	registry := &actions.Registry{}
	loader := actions.NewLoader(config.actions, actions.Kinds(), registry)
	if _, err := loader.Reload(); err != nil {
		return nil, nil, fmt.Errorf("load actions: %w", err)
	}
	built, err := robot.New(robot.Options{
		Registry:       registry,
		Platform:       client,
		Metrics:        metrics.NewRegistry(metrics.Label{Name: "revision", Value: config.revision}),
		Logger:         logger,
		MaxSessions:    config.maxSessions,
		SessionTimeout: config.sessionTimeout,
	})
	if err != nil {
		return nil, nil, fmt.Errorf("build robot: %w", err)
	}
	return built, loader, nil
}
