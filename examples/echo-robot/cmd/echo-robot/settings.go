package main

import (
	"fmt"
	"strconv"
	"time"

	"example.com/echo-robot/internal/platform"
)

// settings come from the environment only: the same image runs everywhere.
type settings struct {
	addr           string
	actions        string
	revision       string
	task           string
	platform       platform.Options
	maxSessions    int
	sessionTimeout time.Duration
	stopTimeout    time.Duration
	reloadEvery    time.Duration
}

type lookup func(name string) (string, bool)

// readSettings reports the first variable that cannot be used, by name.
func readSettings(env lookup) (settings, error) {
	read := reader{env: env}
	s := settings{
		addr:     read.text("ROBOT_ADDR", ":8080"),
		actions:  read.text("ROBOT_ACTIONS", "configs/actions.yaml"),
		revision: read.text("ROBOT_REVISION", "dev"),
		task:     read.text("ROBOT_TASK", ""),
		platform: platform.Options{
			ChannelSecret: read.text("LINE_CHANNEL_SECRET", ""),
			ChannelToken:  read.text("LINE_CHANNEL_TOKEN", ""),
			Endpoint:      read.text("LINE_ENDPOINT", ""),
		},
		maxSessions:    read.count("ROBOT_MAX_SESSIONS", 64),
		sessionTimeout: read.duration("ROBOT_SESSION_TIMEOUT", 10*time.Second),
		stopTimeout:    read.duration("ROBOT_STOP_TIMEOUT", 15*time.Second),
		reloadEvery:    read.duration("ROBOT_RELOAD_EVERY", 5*time.Second),
	}
	return s, read.err
}

// reader keeps the first error, so that readSettings stays a list.
type reader struct {
	env lookup
	err error
}

// text treats an empty variable as unset, as most deployment tools write one.
func (r *reader) text(name, fallback string) string {
	if value, ok := r.env(name); ok && value != "" {
		return value
	}
	return fallback
}

func (r *reader) count(name string, fallback int) int {
	text := r.text(name, "")
	if text == "" {
		return fallback
	}
	value, err := strconv.Atoi(text)
	if err == nil && value < 1 {
		err = fmt.Errorf("%d is not above zero", value)
	}
	r.keep(name, err)
	return value
}

func (r *reader) duration(name string, fallback time.Duration) time.Duration {
	text := r.text(name, "")
	if text == "" {
		return fallback
	}
	value, err := time.ParseDuration(text)
	if err == nil && value <= 0 {
		err = fmt.Errorf("%s is not above zero", value)
	}
	r.keep(name, err)
	return value
}

func (r *reader) keep(name string, err error) {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %w", name, err)
	}
}
