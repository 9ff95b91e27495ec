package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/internal/robot"
	"example.com/echo-robot/pkg/logging"
)

// serve runs the webhook server until ctx is done, then lets sessions finish.
func serve(ctx context.Context, config settings, logger *logging.Logger) error {
	client, err := platform.NewClient(config.platform)
	if err != nil {
		return err
	}
	built, loader, err := build(config, client, logger)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", config.addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}

	watching, stopWatching := context.WithCancel(ctx)
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		watch(watching, loader, config.reloadEvery, logger)
	}()
	defer wait.Wait()
	defer stopWatching()

	server := &http.Server{
		Handler:           built.Handler(),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      15 * time.Second,
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	logger.Info(ctx, "listening", "addr", listener.Addr().String())

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	return stop(built, server, config.stopTimeout, logger)
}

// stop first refuses new events, then answers open requests, then waits for sessions.
func stop(built *robot.Robot, server *http.Server, timeout time.Duration, logger *logging.Logger) error {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	built.Close()
	logger.Info(ctx, "stopping")

	shutdownErr := server.Shutdown(ctx)
	if err := built.Stop(ctx); err != nil {
		return fmt.Errorf("stop sessions: %w", err)
	}
	if shutdownErr != nil {
		return fmt.Errorf("stop server: %w", shutdownErr)
	}
	logger.Info(ctx, "stopped")
	return nil
}

func watch(ctx context.Context, loader *actions.Loader, every time.Duration, logger *logging.Logger) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	loader.Watch(ctx, ticker.C, func(_ bool, err error) {
		if err != nil {
			logger.Error(ctx, "actions not reloaded, the previous ones stay", err)
			return
		}
		logger.Info(ctx, "actions reloaded")
	})
}
