// Package logging writes one JSON object per line, with the trace id of the
// context it is given.
package logging

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// Logger is safe for concurrent use. Loggers made by With share one writer.
type Logger struct {
	sink   *sink
	fields []field
}

type sink struct {
	mu    sync.Mutex
	out   io.Writer
	clock func() time.Time
}

type field struct {
	key   string
	value any
}

// New writes to out; clock stamps the lines (time.Now outside tests).
func New(out io.Writer, clock func() time.Time) *Logger {
	return &Logger{sink: &sink{out: out, clock: clock}}
}

// With returns a logger that adds key and value to each line.
func (l *Logger) With(key string, value any) *Logger {
	fields := make([]field, len(l.fields), len(l.fields)+1)
	copy(fields, l.fields)
	return &Logger{sink: l.sink, fields: append(fields, field{key, value})}
}

// Info records what happened. pairs are keys (strings) and values in turn.
func (l *Logger) Info(ctx context.Context, message string, pairs ...any) {
	l.write(ctx, "info", message, pairs)
}

// Error records what failed.
func (l *Logger) Error(ctx context.Context, message string, err error, pairs ...any) {
	l.write(ctx, "error", message, append([]any{"error", err}, pairs...))
}

func (l *Logger) write(ctx context.Context, level, message string, pairs []any) {
	line := make(map[string]any, 4+len(l.fields)+len(pairs)/2)
	for _, f := range l.fields {
		line[f.key] = plain(f.value)
	}
	for i := 0; i < len(pairs); i += 2 {
		key := fmt.Sprint(pairs[i])
		if i+1 == len(pairs) {
			line["unpaired"] = key
			break
		}
		line[key] = plain(pairs[i+1])
	}
	if id := TraceID(ctx); id != "" {
		line["trace_id"] = id
	}
	line["level"], line["msg"] = level, message

	l.sink.mu.Lock()
	defer l.sink.mu.Unlock()
	line["time"] = l.sink.clock().UTC().Format(time.RFC3339Nano)
	encoded, err := json.Marshal(line)
	if err != nil {
		encoded = []byte(fmt.Sprintf(`{"level":"error","msg":"a log line could not be encoded","error":%q}`, err.Error()))
	}
	// A failed log write has nowhere to be reported.
	_, _ = l.sink.out.Write(append(encoded, '\n'))
}

// plain turns values that JSON would print as {} or as bare numbers into text.
func plain(value any) any {
	switch v := value.(type) {
	case error:
		return v.Error()
	case time.Duration:
		return v.String()
	default:
		return v
	}
}
