package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The revision is what tells a canary's metrics from the baseline's; this test
// runs against whatever the environment says.
func TestRevisionComesFromTheEnvironment(t *testing.T) {
	t.Parallel()
	want := os.Getenv("ROBOT_REVISION")
	if want == "" {
		want = "dev"
	}
	got, err := readSettings(func(name string) (string, bool) {
		if name != "ROBOT_REVISION" {
			return "", false
		}
		return os.LookupEnv(name)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.revision != want {
		t.Errorf("revision = %q, want %q", got.revision, want)
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	got, err := readSettings(from(map[string]string{
		"ROBOT_ADDR": "127.0.0.1:1", "ROBOT_MAX_SESSIONS": "3", "ROBOT_STOP_TIMEOUT": "1m", "ROBOT_ACTIONS": "",
	}))
	if err != nil {
		t.Fatal(err)
	}
	if got.addr != "127.0.0.1:1" || got.maxSessions != 3 || got.stopTimeout != time.Minute {
		t.Errorf("settings = %+v", got)
	}
	if got.actions != "configs/actions.yaml" {
		t.Errorf("an empty variable gave %q, want the default", got.actions)
	}
}

func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{
		"ROBOT_MAX_SESSIONS":    "0",
		"ROBOT_SESSION_TIMEOUT": "10",
		"ROBOT_RELOAD_EVERY":    "-1s",
	} {
		_, err := readSettings(from(map[string]string{name: value}))
		if err == nil || !strings.HasPrefix(err.Error(), name+": ") {
			t.Errorf("%s=%s: error = %v", name, value, err)
		}
	}
}

func from(variables map[string]string) lookup {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}
