package logging

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strings"
)

type traceKey struct{}

// WithTraceID returns a context whose log lines carry id.
func WithTraceID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, traceKey{}, id)
}

// TraceID is the id of ctx, or empty.
func TraceID(ctx context.Context) string {
	id, _ := ctx.Value(traceKey{}).(string)
	return id
}

// NewTraceID makes a trace-id as in W3C Trace Context: 16 random bytes in lower hex.
func NewTraceID() (string, error) {
	var id [16]byte
	if _, err := rand.Read(id[:]); err != nil {
		return "", fmt.Errorf("make trace id: %w", err)
	}
	return hex.EncodeToString(id[:]), nil
}

// TraceIDFromHeader reads the trace-id of a W3C traceparent header
// ("00-<32 hex>-<16 hex>-<2 hex>"); false when it is absent or malformed.
func TraceIDFromHeader(traceparent string) (string, bool) {
	parts := strings.Split(traceparent, "-")
	if len(parts) != 4 || parts[0] != "00" || len(parts[1]) != 32 || len(parts[2]) != 16 || len(parts[3]) != 2 {
		return "", false
	}
	id := parts[1]
	if strings.Trim(id, "0123456789abcdef") != "" || strings.Trim(id, "0") == "" {
		return "", false
	}
	return id, true
}
