package platform

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const secret = "channel-secret"

func TestMessagesFromSignedRequest(t *testing.T) {
	t.Parallel()
	body := `{"destination":"U0","events":[
		{"type":"message","replyToken":"r1","webhookEventId":"e1","source":{"type":"user","userId":"U1"},
		 "message":{"type":"text","id":"1","text":"echo hi"}},
		{"type":"message","replyToken":"r2","webhookEventId":"e2","message":{"type":"sticker","id":"2"}},
		{"type":"follow","replyToken":"r3","webhookEventId":"e3"}]}`
	got, err := client(t, "").Messages(request(body, sign(secret, body)))
	if err != nil {
		t.Fatal(err)
	}
	want := Message{EventID: "e1", ReplyToken: "r1", User: "U1", Text: "echo hi"}
	if len(got) != 1 || got[0] != want {
		t.Errorf("messages = %+v, want only %+v", got, want)
	}
}

func TestMessagesRefusesWhatItCannotTrust(t *testing.T) {
	t.Parallel()
	const body = `{"events":[]}`
	const hollow = `{"events":[{"type":"message"}]}`
	cases := map[string]struct {
		body, signature string
		want            error
	}{
		"no signature":    {body, "", ErrSignature},
		"other secret":    {body, sign("other", body), ErrSignature},
		"changed body":    {body + " ", sign(secret, body), ErrSignature},
		"not base64":      {body, "%%%", ErrSignature},
		"signed non-JSON": {"hello", sign(secret, "hello"), ErrPayload},
		"hollow message":  {hollow, sign(secret, hollow), ErrPayload},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := client(t, "").Messages(request(tc.body, tc.signature)); !errors.Is(err, tc.want) {
				t.Errorf("error = %v, want %v", err, tc.want)
			}
		})
	}
}

func TestReplyAndCheckReachThePlatform(t *testing.T) {
	t.Parallel()
	type call struct{ path, token, body string }
	calls := make(chan call, 2)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- call{r.URL.Path, r.Header.Get("Authorization"), string(body)}
		_, _ = io.WriteString(w, "{}")
	}))
	t.Cleanup(server.Close)

	c := client(t, server.URL)
	if err := c.Reply(context.Background(), "r1", "hello"); err != nil {
		t.Fatal(err)
	}
	if got := <-calls; got.path != "/v2/bot/message/reply" || got.token != "Bearer token" ||
		!strings.Contains(got.body, `"replyToken":"r1"`) || !strings.Contains(got.body, `"text":"hello"`) {
		t.Errorf("reply = %+v", got)
	}
	if err := c.Check(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := <-calls; got.path != "/v2/bot/info" {
		t.Errorf("check = %+v", got)
	}
}

func TestPlatformRefusalIsAnError(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"message":"bad token"}`, http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	if err := client(t, server.URL).Check(context.Background()); err == nil || !strings.Contains(err.Error(), "bad token") {
		t.Errorf("error = %v, want the platform's words", err)
	}
}

func TestEmptySecretIsRefused(t *testing.T) {
	t.Parallel()
	if _, err := NewClient(Options{ChannelToken: "token"}); err == nil {
		t.Error("a client without a secret was made")
	}
}

func client(t *testing.T, endpoint string) *Client {
	t.Helper()
	c, err := NewClient(Options{ChannelSecret: secret, ChannelToken: "token", Endpoint: endpoint})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func request(body, signature string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader(body))
	r.Header.Set("X-Line-Signature", signature)
	return r
}

func sign(key, body string) string {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(body))
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
