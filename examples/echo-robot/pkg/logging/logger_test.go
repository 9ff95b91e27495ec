package logging

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"
)

func TestLinesCarryFieldsAndTrace(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	logger := New(&out, func() time.Time { return time.Unix(0, 0) }).With("revision", "r1")
	ctx := WithTraceID(context.Background(), "abc")
	logger.Error(ctx, "reply failed", errors.New("gone"), "after", 2*time.Second)

	want := `{"after":"2s","error":"gone","level":"error","msg":"reply failed",` +
		`"revision":"r1","time":"1970-01-01T00:00:00Z","trace_id":"abc"}` + "\n"
	if got := out.String(); got != want {
		t.Errorf("line =\n%swant\n%s", got, want)
	}
}

func TestConcurrentLinesStayWhole(t *testing.T) {
	t.Parallel()
	const lines = 50
	var out bytes.Buffer
	logger := New(&out, time.Now)
	var wait sync.WaitGroup
	for i := 0; i < lines; i++ {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			logger.With("worker", i).Info(context.Background(), "working")
		}(i)
	}
	wait.Wait()
	got := bytes.Split(bytes.TrimSpace(out.Bytes()), []byte("\n"))
	if len(got) != lines {
		t.Fatalf("%d lines, want %d", len(got), lines)
	}
	for _, line := range got {
		if !json.Valid(line) {
			t.Errorf("not JSON: %s", line)
		}
	}
}

func TestUnencodableValueIsReported(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	New(&out, time.Now).Info(context.Background(), "odd", "value", make(chan int))
	if !json.Valid(out.Bytes()) {
		t.Errorf("not JSON: %s", out.String())
	}
}

func TestTraceIDs(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	cases := map[string]struct {
		header string
		ok     bool
	}{
		"sampled":   {"00-" + id + "-00f067aa0ba902b7-01", true},
		"absent":    {"", false},
		"all zero":  {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false},
		"upper hex": {"00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false},
		"short":     {"00-4bf9-00f067aa0ba902b7-01", false},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, ok := TraceIDFromHeader(tc.header)
			if ok != tc.ok || (ok && got != id) {
				t.Errorf("got %q, %v", got, ok)
			}
		})
	}
	first, err := NewTraceID()
	if err != nil {
		t.Fatal(err)
	}
	second, err := NewTraceID()
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 32 || first == second {
		t.Errorf("ids %q and %q", first, second)
	}
}
