package robot

import (
	"context"
	"errors"
	"net/http"

	"example.com/echo-robot/internal/platform"
	"example.com/echo-robot/pkg/logging"
)

// maxBody bounds an event delivery, in bytes. Real ones are a few KiB.
const maxBody = 1 << 20

func (r *Robot) webhook(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return
	}
	trace, err := traceOf(request)
	if err != nil {
		r.logger.Error(request.Context(), "no trace id", err)
		http.Error(w, "try again", http.StatusInternalServerError)
		return
	}
	ctx := logging.WithTraceID(request.Context(), trace)
	w.Header().Set("X-Trace-Id", trace)

	request.Body = http.MaxBytesReader(w, request.Body, maxBody)
	messages, err := r.platform.Messages(request)
	switch {
	case errors.Is(err, platform.ErrSignature):
		r.logger.Error(ctx, "webhook refused", err)
		http.Error(w, "signature does not match", http.StatusUnauthorized)
		return
	case err != nil:
		r.logger.Error(ctx, "webhook refused", err)
		http.Error(w, "payload cannot be read", http.StatusBadRequest)
		return
	}

	dropped := 0
	for _, message := range messages {
		if !r.accept(trace, message) {
			dropped++
		}
	}
	if dropped > 0 {
		r.logger.Error(ctx, "sessions dropped", errors.New("no free session"), "dropped", dropped, "events", len(messages))
		// The platform delivers again what is not answered with 2xx; events
		// that were accepted are known by their ids then.
		http.Error(w, "too busy", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusOK)
}

// accept starts a session for the message; false when there is none to be had.
func (r *Robot) accept(trace string, message platform.Message) bool {
	if !r.seen.add(message.EventID) {
		return true
	}
	started := r.sessions.start(func(ctx context.Context) {
		r.session(logging.WithTraceID(ctx, trace), message)
	})
	if !started {
		r.seen.forget(message.EventID)
	}
	return started
}

func (r *Robot) session(ctx context.Context, message platform.Message) {
	// The error is logged and counted already; the user gets its apology.
	text, _ := r.answer(ctx, message.Text, message.User)
	if err := r.platform.Reply(ctx, message.ReplyToken, text); err != nil {
		r.meters.failedReplies.Inc()
		r.logger.Error(ctx, "reply failed", err)
		return
	}
	r.logger.Info(ctx, "replied")
}

func traceOf(request *http.Request) (string, error) {
	if id, ok := logging.TraceIDFromHeader(request.Header.Get("Traceparent")); ok {
		return id, nil
	}
	return logging.NewTraceID()
}
