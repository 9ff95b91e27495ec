package robot

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"example.com/echo-robot/internal/platform"
)

func TestMessagesAreAnswered(t *testing.T) {
	t.Parallel()
	cases := map[string]struct{ text, want, metric string }{
		"answer":  {"say hi", "hi", `robot_commands_total{revision="r1",action="say",outcome="ok"} 1`},
		"gap":     {"ask why", "I have no answer to that.", `robot_commands_total{revision="r1",action="ask",outcome="no_answer"} 1`},
		"no text": {"say", "Please tell me what, too.", `robot_commands_total{revision="r1",action="say",outcome="no_text"} 1`},
		"unknown": {"dance", "I do not know that. I can: ask, say", `robot_commands_total{revision="r1",action="none",outcome="unknown"} 1`},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := &fakePlatform{messages: []platform.Message{{EventID: "e1", ReplyToken: "r1", Text: tc.text}}, replies: make(chan reply, 1)}
			p := newRobot(t, fake, 1)
			if got := p.post().Code; got != http.StatusOK {
				t.Fatalf("status = %d", got)
			}
			if got := <-fake.replies; got != (reply{"r1", tc.want}) {
				t.Errorf("reply = %+v, want %q", got, tc.want)
			}
			p.stop(t)
			p.wantMetric(t, tc.metric)
			p.wantMetric(t, `robot_sessions_started_total{revision="r1"} 1`)
			p.wantMetric(t, `robot_sessions_active{revision="r1"} 0`)
		})
	}
}

func TestRefusedWebhooksStartNothing(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		err  error
		want int
	}{
		"signature": {platform.ErrSignature, http.StatusUnauthorized},
		"payload":   {platform.ErrPayload, http.StatusBadRequest},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRobot(t, &fakePlatform{err: tc.err}, 1)
			if got := p.post().Code; got != tc.want {
				t.Errorf("status = %d, want %d", got, tc.want)
			}
			p.wantMetric(t, `robot_sessions_started_total{revision="r1"} 0`)
		})
	}
}

func TestWebhookTakesOnlyPost(t *testing.T) {
	t.Parallel()
	got := newRobot(t, &fakePlatform{}, 1).serve(http.MethodGet, "/webhook")
	if got.Code != http.StatusMethodNotAllowed || got.Header().Get("Allow") != http.MethodPost {
		t.Errorf("status = %d, Allow = %q", got.Code, got.Header().Get("Allow"))
	}
}

func TestSecondDeliveryIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	fake := &fakePlatform{messages: []platform.Message{{EventID: "e1", ReplyToken: "r1", Text: "say hi"}}, replies: make(chan reply, 2)}
	p := newRobot(t, fake, 2)
	for i := 0; i < 2; i++ {
		if got := p.post().Code; got != http.StatusOK {
			t.Fatalf("status = %d", got)
		}
	}
	p.stop(t)
	if got := len(fake.replies); got != 1 {
		t.Errorf("%d replies, want 1", got)
	}
}

func TestDroppedEventsAreTakenWhenDeliveredAgain(t *testing.T) {
	t.Parallel()
	fake := &fakePlatform{
		messages: []platform.Message{
			{EventID: "e1", ReplyToken: "r1", Text: "say one"},
			{EventID: "e2", ReplyToken: "r2", Text: "say two"},
		},
		replies: make(chan reply, 2),
		gate:    make(chan struct{}),
	}
	p := newRobot(t, fake, 1)
	if got := p.post().Code; got != http.StatusServiceUnavailable {
		t.Fatalf("status = %d with one slot for two events", got)
	}
	p.wantMetric(t, `robot_sessions_dropped_total{revision="r1"} 1`)
	p.wantMetric(t, `robot_sessions_active{revision="r1"} 1`)

	close(fake.gate)
	p.robot.sessions.wait.Wait()
	if got := p.post().Code; got != http.StatusOK {
		t.Fatalf("second delivery: status = %d", got)
	}
	p.stop(t)
	first, second := <-fake.replies, <-fake.replies
	if first.token != "r1" || second.token != "r2" || len(fake.replies) != 0 {
		t.Errorf("replies = %+v, %+v and %d more", first, second, len(fake.replies))
	}
}

func TestTraceIDIsTakenOver(t *testing.T) {
	t.Parallel()
	const id = "4bf92f3577b34da6a3ce929d0e0e4736"
	p := newRobot(t, &fakePlatform{}, 1)
	request := httptest.NewRequest(http.MethodPost, "/webhook", strings.NewReader("{}"))
	request.Header.Set("traceparent", "00-"+id+"-00f067aa0ba902b7-01")
	recorder := httptest.NewRecorder()
	p.robot.Handler().ServeHTTP(recorder, request)
	if got := recorder.Header().Get("X-Trace-Id"); got != id {
		t.Errorf("trace id = %q, want %q", got, id)
	}
}
