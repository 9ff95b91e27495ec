package metrics

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestTextMatchesGolden(t *testing.T) {
	t.Parallel()
	registry := NewRegistry(Label{"revision", "r1"})
	commands := registry.NewCounter("commands_total", "Commands run.", "action", "outcome")
	registry.NewCounter("dropped_total", "Sessions refused.")
	active := registry.NewGauge("active", "Sessions running.")
	latency := registry.NewHistogram("latency_seconds", "Time to answer.", []float64{1, 0.5}, "action")

	commands.Inc("say", "ok")
	commands.Inc("say", "ok")
	commands.Inc("a\"b\\c\nd", "error")
	active.Add(3)
	active.Add(-1)
	latency.Observe(500*time.Millisecond, "say")
	latency.Observe(750*time.Millisecond, "say")
	latency.Observe(2*time.Second, "say")

	want, err := os.ReadFile(filepath.Join("testdata", "metrics.txt"))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	registry.ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	if got := recorder.Body.String(); got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if got := recorder.Header().Get("Content-Type"); got != ContentType {
		t.Errorf("content type = %q", got)
	}
}

func TestConcurrentUpdatesAreCounted(t *testing.T) {
	t.Parallel()
	registry := NewRegistry()
	counter := registry.NewCounter("n_total", "Counted.")
	var wait sync.WaitGroup
	for i := 0; i < 20; i++ {
		wait.Add(1)
		go func() {
			defer wait.Done()
			counter.Inc()
			var text strings.Builder
			if err := registry.WriteText(&text); err != nil {
				t.Error(err)
			}
		}()
	}
	wait.Wait()
	var text strings.Builder
	if err := registry.WriteText(&text); err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(text.String(), "\nn_total 20\n") {
		t.Errorf("got %s", text.String())
	}
}
