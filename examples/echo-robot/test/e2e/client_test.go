//go:build e2e

package e2e

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	channelSecret = "e2e-secret"
	shipped       = "../../configs/actions.yaml"
)

// startRobot starts the robot on a free port, with the mock as its platform.
func startRobot(t *testing.T, mockURL, actions string, env ...string) *process {
	t.Helper()
	path, err := filepath.Abs(actions)
	if err != nil {
		t.Fatal(err)
	}
	return start(t, "echo-robot", append([]string{
		"ROBOT_ADDR=127.0.0.1:0", "ROBOT_ACTIONS=" + path, "ROBOT_REVISION=e2e",
		"LINE_CHANNEL_SECRET=" + channelSecret, "LINE_CHANNEL_TOKEN=token", "LINE_ENDPOINT=" + mockURL,
	}, env...)...)
}

func startMock(t *testing.T) *process {
	t.Helper()
	return start(t, "mock-platform", "MOCK_PLATFORM_ADDR=127.0.0.1:0")
}

// call makes a request and returns status and body.
func call(t *testing.T, method, url, body string, header http.Header) (int, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, values := range header {
		request.Header[name] = values
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, strings.TrimSpace(string(data))
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	return call(t, http.MethodGet, url, "", nil)
}

// deliver sends one text event, signed with secret, as the platform would.
func deliver(t *testing.T, robotURL, secret, replyToken, text string) int {
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
	status, _ := call(t, http.MethodPost, robotURL+"/webhook", string(body),
		http.Header{"X-Line-Signature": {base64.StdEncoding.EncodeToString(mac.Sum(nil))}})
	return status
}
