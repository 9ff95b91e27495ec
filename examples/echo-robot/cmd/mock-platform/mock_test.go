package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReplyTokenServesOnce(t *testing.T) {
	t.Parallel()
	m := newMock()
	const body = `{"replyToken":"r1","messages":[{"type":"text","text":"hi"}]}`
	if got := serve(m, http.MethodPost, "/v2/bot/message/reply", body, "token"); got.Code != http.StatusOK {
		t.Fatalf("first reply = %d %s", got.Code, got.Body)
	}
	if got := serve(m, http.MethodPost, "/v2/bot/message/reply", body, "token"); got.Code != http.StatusBadRequest {
		t.Errorf("second reply = %d", got.Code)
	}
	got := serve(m, http.MethodGet, "/_mock/replies/r1", "", "")
	if strings.TrimSpace(got.Body.String()) != `["hi"]` {
		t.Errorf("replies = %s", got.Body)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		method, path, body, token string
		want                      int
	}{
		"no token":                 {http.MethodGet, "/v2/bot/info", "", "", http.StatusUnauthorized},
		"bad token":                {http.MethodGet, "/v2/bot/info", "", "invalid", http.StatusUnauthorized},
		"wrong method":             {http.MethodGet, "/v2/bot/message/reply", "", "token", http.StatusMethodNotAllowed},
		"no messages":              {http.MethodPost, "/v2/bot/message/reply", `{"replyToken":"r"}`, "token", http.StatusBadRequest},
		"release what is not held": {http.MethodDelete, "/_mock/hold/r", "", "", http.StatusConflict},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := serve(newMock(), tc.method, tc.path, tc.body, tc.token).Code; got != tc.want {
				t.Errorf("status = %d, want %d", got, tc.want)
			}
		})
	}
}

func TestHeldReplyWaitsForItsRelease(t *testing.T) {
	t.Parallel()
	m := newMock()
	serve(m, http.MethodPut, "/_mock/hold/r1", "", "")
	answered := make(chan bool)
	go func() { answered <- m.take(context.Background(), "r1", []string{"hi"}) }()

	serve(m, http.MethodGet, "/_mock/replies/r1", "", "")
	select {
	case <-answered:
		t.Fatal("a held reply was answered")
	default:
	}
	serve(m, http.MethodDelete, "/_mock/hold/r1", "", "")
	if !<-answered {
		t.Error("the released reply was refused")
	}
}

func serve(m *mock, method, path, body, token string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, path, io.NopCloser(strings.NewReader(body)))
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	recorder := httptest.NewRecorder()
	m.handler().ServeHTTP(recorder, request)
	return recorder
}
