//go:build integration

package integration

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSignedEventIsRepliedTo(t *testing.T) {
	t.Parallel()
	handler := newHandler(t, "token")
	for command, want := range map[string]string{
		"echo hi":          "hi",
		"/shout hi":        "HI",
		"greet Ada":        "Hello, Ada!",
		"ask release day?": "Releases go out on Tuesdays.",
		"dance":            "I do not know that. I can: ask, echo, greet, mirror, shout",
	} {
		command, want := command, want
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			token := newReplyToken(t)
			if got := deliver(t, handler, channelSecret, token, command); got != http.StatusOK {
				t.Fatalf("status = %d", got)
			}
			if got := received(t, token); len(got) != 1 || got[0] != want {
				t.Errorf("the mock received %q, want %q", got, want)
			}
		})
	}
}

func TestForgedEventIsRefused(t *testing.T) {
	t.Parallel()
	if got := deliver(t, newHandler(t, "token"), "another-secret", newReplyToken(t), "echo hi"); got != http.StatusUnauthorized {
		t.Errorf("status = %d, want %d", got, http.StatusUnauthorized)
	}
}

func TestReadinessFollowsThePlatform(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]int{"token": http.StatusOK, "invalid": http.StatusServiceUnavailable} {
		recorder := httptest.NewRecorder()
		newHandler(t, token).ServeHTTP(recorder, httptest.NewRequest(http.MethodGet, "/readyz", nil))
		if recorder.Code != want {
			t.Errorf("with channel token %q readyz = %d, want %d", token, recorder.Code, want)
		}
	}
}
