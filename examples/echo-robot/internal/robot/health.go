package robot

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"
)

// readyTimeout is below the one second that a kubelet waits by default.
const readyTimeout = 900 * time.Millisecond

// Handler serves /webhook, /healthz, /readyz and /metrics.
func (r *Robot) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/webhook", r.webhook)
	mux.HandleFunc("/healthz", r.healthz)
	mux.HandleFunc("/readyz", r.readyz)
	mux.Handle("/metrics", r.exported)
	return mux
}

// Close makes the robot not ready and refuses new sessions; running ones go on.
func (r *Robot) Close() { r.sessions.close() }

// healthz answers as long as the process can: a platform that is down is no
// reason to restart the robot.
func (r *Robot) healthz(w http.ResponseWriter, _ *http.Request) {
	_, _ = io.WriteString(w, "ok\n")
}

type readiness struct {
	Ready  bool            `json:"ready"`
	Checks map[string]bool `json:"checks"`
}

func (r *Robot) readyz(w http.ResponseWriter, request *http.Request) {
	ctx, cancel := context.WithTimeout(request.Context(), readyTimeout)
	defer cancel()

	state := readiness{Ready: true, Checks: map[string]bool{}}
	for name, err := range map[string]error{
		"accepting": r.checkAccepting(),
		"knowledge": r.checkKnowledge(),
		"platform":  r.platform.Check(ctx),
	} {
		state.Checks[name] = err == nil
		if err != nil {
			state.Ready = false
			r.logger.Error(ctx, "not ready", err, "check", name)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if !state.Ready {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	// The client went away: nobody is left to tell.
	_ = json.NewEncoder(w).Encode(state)
}

func (r *Robot) checkAccepting() error {
	if r.sessions.closed() {
		return errors.New("the robot is stopping")
	}
	return nil
}

func (r *Robot) checkKnowledge() error {
	if r.registry.KnowledgeLoaded() == 0 {
		return errors.New("no knowledge is loaded")
	}
	return nil
}
