package robot

import (
	"time"

	"example.com/echo-robot/pkg/metrics"
)

// meters are the robot's metrics. Their label values come from declarations,
// never from what users type.
type meters struct {
	commands      *metrics.Counter
	latency       *metrics.Histogram
	started       *metrics.Counter
	active        *metrics.Gauge
	dropped       *metrics.Counter
	failedReplies *metrics.Counter
}

func newMeters(registry *metrics.Registry) meters {
	bounds := []float64{0.001, 0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}
	return meters{
		commands:      registry.NewCounter("robot_commands_total", "Commands by action and outcome.", "action", "outcome"),
		latency:       registry.NewHistogram("robot_command_duration_seconds", "Time an action took.", bounds, "action"),
		started:       registry.NewCounter("robot_sessions_started_total", "Sessions started."),
		active:        registry.NewGauge("robot_sessions_active", "Sessions running now."),
		dropped:       registry.NewCounter("robot_sessions_dropped_total", "Sessions refused: too many at a time, or stopping."),
		failedReplies: registry.NewCounter("robot_replies_failed_total", "Replies that the platform did not take."),
	}
}

func (m meters) command(action, outcome string, took time.Duration) {
	if action == "" {
		action = "none"
	}
	m.commands.Inc(action, outcome)
	m.latency.Observe(took, action)
}
