package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const shipped = "../../configs/actions.yaml"
	cases := map[string]struct {
		args      []string
		env       map[string]string
		in        string
		code      int
		out, logs string
	}{
		"once":             {args: []string{"--once"}, env: map[string]string{"ROBOT_ACTIONS": shipped}, in: "shout hi", out: "HI\n", logs: `"trace_id"`},
		"once by variable": {args: []string{"--once"}, env: map[string]string{"ROBOT_ACTIONS": shipped, "ROBOT_TASK": "shout task"}, in: "shout hi", out: "TASK\n", logs: `"trace_id"`},
		"once fails":       {args: []string{"--once"}, env: map[string]string{"ROBOT_ACTIONS": shipped}, in: "dance", code: exitFailed, logs: "unknown action"},
		"no actions file":  {args: []string{"--once"}, env: map[string]string{"ROBOT_ACTIONS": "gone.yaml"}, code: exitFailed, logs: "gone.yaml"},
		"unknown flag":     {args: []string{"--twice"}, code: exitUsage, logs: "-twice"},
		"argument":         {args: []string{"echo"}, code: exitUsage, logs: "no arguments"},
		"bad setting":      {env: map[string]string{"ROBOT_MAX_SESSIONS": "many"}, code: exitUsage, logs: "ROBOT_MAX_SESSIONS"},
		"no secret":        {env: map[string]string{"ROBOT_ACTIONS": shipped}, code: exitFailed, logs: "secret"},
		"help":             {args: []string{"--help"}, logs: "-once"},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, logs bytes.Buffer
			code := run(context.Background(), tc.args, streams{strings.NewReader(tc.in), &out, &logs}, from(tc.env))
			if code != tc.code || out.String() != tc.out || !strings.Contains(logs.String(), tc.logs) {
				t.Errorf("code = %d, out = %q, logs = %s", code, out.String(), logs.String())
			}
		})
	}
}
