package robot

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/pkg/logging"
	"example.com/echo-robot/pkg/metrics"
)

type reply struct{ token, text string }

// fakePlatform delivers the messages it was given and hands on the replies.
type fakePlatform struct {
	messages []platform.Message
	err      error
	down     error
	replies  chan reply
	// gate, when set, holds every reply until it is closed.
	gate chan struct{}
}

func (f *fakePlatform) Messages(*http.Request) ([]platform.Message, error) {
	return f.messages, f.err
}

func (f *fakePlatform) Check(context.Context) error { return f.down }

func (f *fakePlatform) Reply(ctx context.Context, token, text string) error {
	f.replies <- reply{token, text}
	if f.gate == nil {
		return nil
	}
	select {
	case <-f.gate:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

type parts struct {
	robot   *Robot
	metrics *metrics.Registry
}

func newRobot(t *testing.T, fake Platform, maxSessions int) parts {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{
		"facts.yaml":   "colour of the sky: blue\n",
		"actions.yaml": "version: 1\nknowledge: facts.yaml\nactions: [{name: ask, kind: lookup}, {name: say, kind: echo}]\n",
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	registry := &actions.Registry{}
	if _, err := actions.NewLoader(filepath.Join(dir, "actions.yaml"), actions.Kinds(), registry).Reload(); err != nil {
		t.Fatal(err)
	}
	exported := metrics.NewRegistry(metrics.Label{Name: "revision", Value: "r1"})
	made, err := New(Options{
		Registry:       registry,
		Platform:       fake,
		Metrics:        exported,
		Logger:         logging.New(testWriter{t}, time.Now),
		MaxSessions:    maxSessions,
		SessionTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	return parts{made, exported}
}

// stop waits for the sessions, so that none logs after its test has ended.
func (p parts) stop(t *testing.T) {
	t.Helper()
	if err := p.robot.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
}

func (p parts) post() *httptest.ResponseRecorder { return p.serve(http.MethodPost, "/webhook") }

func (p parts) serve(method, path string) *httptest.ResponseRecorder {
	recorder := httptest.NewRecorder()
	p.robot.Handler().ServeHTTP(recorder, httptest.NewRequest(method, path, strings.NewReader("{}")))
	return recorder
}

func (p parts) wantMetric(t *testing.T, line string) {
	t.Helper()
	text := p.serve(http.MethodGet, "/metrics").Body.String()
	if !strings.Contains(text, line+"\n") {
		t.Errorf("metrics lack %q:\n%s", line, text)
	}
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(line []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(line)))
	return len(line), nil
}

var errDown = errors.New("platform is down")
