package robot

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// sessions runs work beside the requests that caused it, a limited number at a time.
type sessions struct {
	timeout time.Duration
	meters  meters
	slots   chan struct{}
	base    context.Context
	cancel  context.CancelFunc

	mu      sync.Mutex
	stopped bool
	wait    sync.WaitGroup
}

func newSessions(limit int, timeout time.Duration, counted meters) *sessions {
	base, cancel := context.WithCancel(context.Background())
	return &sessions{timeout: timeout, meters: counted, slots: make(chan struct{}, limit), base: base, cancel: cancel}
}

// start runs work unless the limit is reached or the robot is stopping. The
// work's context is not the request's: the platform hangs up once it has its
// acknowledgement.
func (s *sessions) start(work func(ctx context.Context)) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		s.meters.dropped.Inc()
		return false
	}
	select {
	case s.slots <- struct{}{}:
	default:
		s.meters.dropped.Inc()
		return false
	}
	s.wait.Add(1)
	s.meters.started.Inc()
	s.meters.active.Add(1)
	go func() {
		defer s.wait.Done()
		defer func() {
			s.meters.active.Add(-1)
			<-s.slots
		}()
		ctx, cancel := context.WithTimeout(s.base, s.timeout)
		defer cancel()
		work(ctx)
	}()
	return true
}

// close refuses new sessions from now on.
func (s *sessions) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
}

func (s *sessions) closed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

func (s *sessions) stop(ctx context.Context) error {
	s.close()
	defer s.cancel()
	done := make(chan struct{})
	go func() {
		s.wait.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		left := len(s.slots)
		s.cancel()
		<-done
		return fmt.Errorf("%d sessions were cut off: %w", left, ctx.Err())
	}
}
