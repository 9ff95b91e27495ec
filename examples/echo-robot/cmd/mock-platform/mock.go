package main

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// maxReply bounds a reply request, in bytes.
const maxReply = 1 << 20

// mock stands in for the part of LINE's Messaging API that the robot uses. Under
// /_mock/ a test asks what arrived and holds replies back.
type mock struct {
	mu      sync.Mutex
	threads map[string]*thread
}

// thread is what is known of one reply token.
type thread struct {
	arrived chan struct{}
	texts   []string
	// held, when set, keeps the reply request open until it is closed.
	held chan struct{}
}

func newMock() *mock {
	return &mock{threads: map[string]*thread{}}
}

func (m *mock) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	mux.HandleFunc("/v2/bot/info", authorized(http.MethodGet, m.info))
	mux.HandleFunc("/v2/bot/message/reply", authorized(http.MethodPost, m.reply))
	mux.HandleFunc("/_mock/replies/", m.replies)
	mux.HandleFunc("/_mock/hold/", m.hold)
	return mux
}

func authorized(method string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method != method {
			answer(w, http.StatusMethodNotAllowed, map[string]string{"message": "Method Not Allowed"})
			return
		}
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token == "" || token == "invalid" {
			answer(w, http.StatusUnauthorized, map[string]string{"message": "Authentication failed"})
			return
		}
		next(w, r)
	}
}

func (m *mock) info(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]string{"userId": "U-mock", "basicId": "@mock", "displayName": "echo robot", "chatMode": "bot"})
}

func (m *mock) reply(w http.ResponseWriter, r *http.Request) {
	var sent struct {
		ReplyToken string `json:"replyToken"`
		Messages   []struct {
			Type string `json:"type"`
			Text string `json:"text"`
		} `json:"messages"`
	}
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxReply)).Decode(&sent)
	if err != nil || sent.ReplyToken == "" || len(sent.Messages) == 0 {
		answer(w, http.StatusBadRequest, map[string]string{"message": "The request body is invalid"})
		return
	}
	var texts []string
	for _, message := range sent.Messages {
		texts = append(texts, message.Text)
	}
	if !m.take(r.Context(), sent.ReplyToken, texts) {
		answer(w, http.StatusBadRequest, map[string]string{"message": "Invalid reply token"})
		return
	}
	answer(w, http.StatusOK, struct{}{})
}

// take records a reply and returns once it is not held. As on the real
// platform, a reply token serves once; false for a second use.
func (m *mock) take(ctx context.Context, token string, texts []string) bool {
	m.mu.Lock()
	t := m.thread(token)
	if t.texts != nil {
		m.mu.Unlock()
		return false
	}
	t.texts = texts
	held := t.held
	close(t.arrived)
	m.mu.Unlock()

	if held != nil {
		select {
		case <-held:
		case <-ctx.Done():
		}
	}
	return true
}

// replies answers with the texts sent to a reply token, and waits for them.
func (m *mock) replies(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, "/_mock/replies/")
	m.mu.Lock()
	t := m.thread(token)
	m.mu.Unlock()
	select {
	case <-t.arrived:
		answer(w, http.StatusOK, t.texts)
	case <-r.Context().Done():
	}
}

// hold keeps the reply to a token open (PUT) or lets it go (DELETE).
func (m *mock) hold(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.URL.Path, "/_mock/hold/")
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.thread(token)
	switch {
	case r.Method == http.MethodPut && t.held == nil:
		t.held = make(chan struct{})
	case r.Method == http.MethodDelete && t.held != nil:
		close(t.held)
		t.held = nil
	default:
		answer(w, http.StatusConflict, map[string]string{"message": "nothing to change"})
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// thread needs m.mu.
func (m *mock) thread(token string) *thread {
	t, ok := m.threads[token]
	if !ok {
		t = &thread{arrived: make(chan struct{})}
		m.threads[token] = t
	}
	return t
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The client went away: nobody is left to tell.
	_ = json.NewEncoder(w).Encode(body)
}
