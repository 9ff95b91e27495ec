package robot

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/pkg/metrics"
)

func TestReadiness(t *testing.T) {
	t.Parallel()
	const ready = `{"ready":true,"checks":{"accepting":true,"knowledge":true,"platform":true}}`
	cases := map[string]struct {
		down  error
		spoil func(*Robot)
		code  int
		body  string
	}{
		"ready":         {nil, func(*Robot) {}, http.StatusOK, ready},
		"platform down": {errDown, func(*Robot) {}, http.StatusServiceUnavailable, strings.NewReplacer(`"ready":true`, `"ready":false`, `"platform":true`, `"platform":false`).Replace(ready)},
		"stopping":      {nil, (*Robot).Close, http.StatusServiceUnavailable, strings.NewReplacer(`"ready":true`, `"ready":false`, `"accepting":true`, `"accepting":false`).Replace(ready)},
		"no knowledge": {nil, func(r *Robot) { r.registry = &actions.Registry{} }, http.StatusServiceUnavailable,
			strings.NewReplacer(`"ready":true`, `"ready":false`, `"knowledge":true`, `"knowledge":false`).Replace(ready)},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRobot(t, &fakePlatform{down: tc.down}, 1)
			tc.spoil(p.robot)
			got := p.serve(http.MethodGet, "/readyz")
			if got.Code != tc.code || strings.TrimSpace(got.Body.String()) != tc.body {
				t.Errorf("readyz = %d %s, want %d %s", got.Code, got.Body, tc.code, tc.body)
			}
			if got := p.serve(http.MethodGet, "/healthz").Code; got != http.StatusOK {
				t.Errorf("healthz = %d", got)
			}
		})
	}
}

func TestStopWaitsForSessions(t *testing.T) {
	t.Parallel()
	fake := &fakePlatform{
		messages: []platform.Message{{ReplyToken: "r1", Text: "say hi"}},
		replies:  make(chan reply, 1), gate: make(chan struct{}),
	}
	p := newRobot(t, fake, 1)
	p.post()
	<-fake.replies

	p.robot.Close()
	if got := p.post().Code; got != http.StatusServiceUnavailable {
		t.Errorf("a closed robot answered %d", got)
	}
	close(fake.gate)
	p.stop(t)
	p.wantMetric(t, `robot_replies_failed_total{revision="r1"} 0`)
}

func TestStopCutsOffWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	fake := &fakePlatform{
		messages: []platform.Message{{ReplyToken: "r1", Text: "say hi"}},
		replies:  make(chan reply, 1), gate: make(chan struct{}),
	}
	p := newRobot(t, fake, 1)
	p.post()
	<-fake.replies

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := p.robot.Stop(ctx); !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), "1 sessions") {
		t.Errorf("error = %v", err)
	}
	p.wantMetric(t, `robot_replies_failed_total{revision="r1"} 1`)
}

func TestOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		task, want string
		wantErr    error
	}{
		"answer":  {task: "  say hi\n", want: "hi\n"},
		"unknown": {task: "dance", wantErr: actions.ErrUnknown},
		"gap":     {task: "ask why", wantErr: actions.ErrNoAnswer},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			err := newRobot(t, nil, 1).robot.Once(context.Background(), strings.NewReader(tc.task), &out)
			if !errors.Is(err, tc.wantErr) || out.String() != tc.want {
				t.Errorf("out = %q, error = %v", out.String(), err)
			}
		})
	}
	for name, task := range map[string]string{"empty": " \n", "too long": strings.Repeat("x", maxTask+1)} {
		if err := newRobot(t, nil, 1).robot.Once(context.Background(), strings.NewReader(task), &bytes.Buffer{}); err == nil {
			t.Errorf("%s task was taken", name)
		}
	}
}

func TestSeenForgetsTheOldest(t *testing.T) {
	t.Parallel()
	s := newSeen(2)
	for _, step := range []struct {
		id   string
		want bool
	}{{"a", true}, {"a", false}, {"b", true}, {"c", true}, {"a", true}, {"c", false}, {"", true}, {"", true}} {
		if got := s.add(step.id); got != step.want {
			t.Fatalf("add(%q) = %v, want %v", step.id, got, step.want)
		}
	}
	s.forget("c")
	if !s.add("c") {
		t.Error("a forgotten id was still known")
	}
	if len(s.ids) > 2 {
		t.Errorf("%d ids are kept, want at most 2", len(s.ids))
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for i, options := range []Options{
		{Metrics: metrics.NewRegistry(), MaxSessions: 0, SessionTimeout: time.Second},
		{Metrics: metrics.NewRegistry(), MaxSessions: 1, SessionTimeout: 0},
	} {
		if _, err := New(options); err == nil {
			t.Errorf("options %d were taken", i)
		}
	}
}
