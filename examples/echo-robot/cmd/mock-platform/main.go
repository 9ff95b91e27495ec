// Command mock-platform is a stand-in for the chat platform's API, for tests and
// for trying the robot without an account.
package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/echo-robot/pkg/logging"
)

const (
	defaultAddr = "127.0.0.1:18081"
	stopTimeout = 2 * time.Second
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := run(ctx, os.Getenv("MOCK_PLATFORM_ADDR"), logging.New(os.Stderr, time.Now)); err != nil {
		fmt.Fprintln(os.Stderr, "mock-platform:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, addr string, logger *logging.Logger) error {
	if addr == "" {
		addr = defaultAddr
	}
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	server := &http.Server{Handler: newMock().handler(), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	logger.Info(ctx, "listening", "addr", listener.Addr().String())

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	stopCtx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if server.Shutdown(stopCtx) == nil {
		return nil
	}
	// Somebody still waits for a reply that will not come.
	if err := server.Close(); err != nil {
		return fmt.Errorf("close: %w", err)
	}
	return nil
}
