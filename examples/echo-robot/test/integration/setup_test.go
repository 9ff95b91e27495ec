//go:build integration

// Package integration runs the robot's handler against the mock of the
// platform, which must be up at MOCK_PLATFORM_URL.
package integration

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"example.com/echo-robot/internal/actions"
	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/internal/robot"
	"example.com/echo-robot/pkg/logging"
	"example.com/echo-robot/pkg/metrics"
)

const channelSecret = "integration-secret"

// mockURL fails rather than skips: a layer that ran nothing must not look green.
func mockURL(t *testing.T) string {
	t.Helper()
	url := os.Getenv("MOCK_PLATFORM_URL")
	if url == "" {
		t.Fatal("MOCK_PLATFORM_URL is not set: start cmd/mock-platform and name its address")
	}
	return url
}

// newHandler builds the robot as the command does, with the shipped actions.
func newHandler(t *testing.T, channelToken string) http.Handler {
	t.Helper()
	client, err := platform.NewClient(platform.Options{
		ChannelSecret: channelSecret, ChannelToken: channelToken, Endpoint: mockURL(t),
	})
	if err != nil {
		t.Fatal(err)
	}
	registry := &actions.Registry{}
	path := filepath.Join("..", "..", "configs", "actions.yaml")
	if _, err := actions.NewLoader(path, actions.Kinds(), registry).Reload(); err != nil {
		t.Fatal(err)
	}
	built, err := robot.New(robot.Options{
		Registry:       registry,
		Platform:       client,
		Metrics:        metrics.NewRegistry(metrics.Label{Name: "revision", Value: "integration"}),
		Logger:         logging.New(io.Discard, time.Now),
		MaxSessions:    8,
		SessionTimeout: 10 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := built.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return built.Handler()
}

// deliver sends one text event, signed with secret, as the platform would.
func deliver(t *testing.T, handler http.Handler, secret, replyToken, text string) int {
	t.Helper()
	body, err := json.Marshal(map[string]any{"destination": "U-robot", "events": []any{map[string]any{
		"type": "message", "replyToken": replyToken, "webhookEventId": "event-" + replyToken,
		"source":  map[string]any{"type": "user", "userId": "U-user"},
		"message": map[string]any{"type": "text", "id": "1", "text": text},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	request := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(string(body)))
	request.Header.Set("X-Line-Signature", base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder.Code
}

// received waits until the mock got the reply to replyToken.
func received(t *testing.T, replyToken string) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, mockURL(t)+"/_mock/replies/"+replyToken, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatalf("ask the mock for the reply: %v", err)
	}
	defer response.Body.Close()
	var texts []string
	if err := json.NewDecoder(response.Body).Decode(&texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// newReplyToken is random: the mock outlives the test run, and takes a token once.
func newReplyToken(t *testing.T) string {
	t.Helper()
	var token [8]byte
	if _, err := rand.Read(token[:]); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(token[:])
}
