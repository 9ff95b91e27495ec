//go:build e2e

package e2e

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestEventIsAnsweredAndCounted(t *testing.T) {
	t.Parallel()
	mock := startMock(t).url()
	robot := startRobot(t, mock, shipped).url()

	if got := deliver(t, robot, "another-secret", "forged", "echo hi"); got != http.StatusUnauthorized {
		t.Errorf("a forged event gave %d", got)
	}
	if got := deliver(t, robot, channelSecret, "r1", "shout hi"); got != http.StatusOK {
		t.Fatalf("a signed event gave %d", got)
	}
	if _, got := get(t, mock+"/_mock/replies/r1"); got != `["HI"]` {
		t.Errorf("the platform received %s", got)
	}
	if status, _ := get(t, robot+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz = %d", status)
	}
	if status, body := get(t, robot+"/readyz"); status != http.StatusOK {
		t.Errorf("readyz = %d %s", status, body)
	}
	_, text := get(t, robot+"/metrics")
	for _, line := range []string{
		`robot_commands_total{revision="e2e",action="shout",outcome="ok"} 1`,
		`robot_command_duration_seconds_count{revision="e2e",action="shout"} 1`,
		`robot_sessions_started_total{revision="e2e"} 1`,
		`robot_sessions_dropped_total{revision="e2e"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("metrics lack %s:\n%s", line, text)
		}
	}
}

func TestNotReadyWithoutThePlatform(t *testing.T) {
	t.Parallel()
	mock := startMock(t)
	robot := startRobot(t, mock.url(), shipped).url()
	mock.signal(syscall.SIGTERM)
	if code := mock.exitCode(); code != 0 {
		t.Fatalf("the mock exited with %d", code)
	}
	if status, body := get(t, robot+"/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"platform":false`) {
		t.Errorf("readyz = %d %s", status, body)
	}
	if status, _ := get(t, robot+"/healthz"); status != http.StatusOK {
		t.Errorf("healthz = %d", status)
	}
}

func TestActionsAreReloadedWhileRunning(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "actions.yaml")
	replace(t, path, "version: 1\nactions: [{name: say, kind: echo}]\n")
	mock := startMock(t).url()
	process := startRobot(t, mock, path, "ROBOT_RELOAD_EVERY=10ms")
	robot := process.url()

	replace(t, path, "version: 1\nactions: [{name: say, kind: reverse}]\n")
	process.waitLog("actions reloaded")
	deliver(t, robot, channelSecret, "r1", "say abc")
	if _, got := get(t, mock+"/_mock/replies/r1"); got != `["cba"]` {
		t.Errorf("the platform received %s", got)
	}
}

func TestTermLetsASessionFinish(t *testing.T) {
	t.Parallel()
	mock := startMock(t).url()
	process := startRobot(t, mock, shipped)
	robot := process.url()

	call(t, http.MethodPut, mock+"/_mock/hold/r1", "", nil)
	deliver(t, robot, channelSecret, "r1", "echo hi")
	get(t, mock+"/_mock/replies/r1")

	process.signal(syscall.SIGTERM)
	process.waitLog("stopping")
	call(t, http.MethodDelete, mock+"/_mock/hold/r1", "", nil)
	process.waitLog("replied")
	process.waitLog("stopped")
	if code := process.exitCode(); code != 0 {
		t.Errorf("exit code = %d", code)
	}
}

func TestTermCutsOffASessionThatHangs(t *testing.T) {
	t.Parallel()
	mock := startMock(t).url()
	process := startRobot(t, mock, shipped, "ROBOT_STOP_TIMEOUT=50ms")
	robot := process.url()

	call(t, http.MethodPut, mock+"/_mock/hold/r1", "", nil)
	deliver(t, robot, channelSecret, "r1", "echo hi")
	get(t, mock+"/_mock/replies/r1")
	process.signal(syscall.SIGTERM)
	if code := process.exitCode(); code != 1 {
		t.Errorf("exit code = %d, want 1: a session was lost", code)
	}
}

func TestOnceIsAJob(t *testing.T) {
	t.Parallel()
	for task, want := range map[string]struct {
		out  string
		code int
	}{
		"mirror abc\n": {"cba\n", 0},
		"dance\n":      {"", 1},
	} {
		job := exec.Command(binary("echo-robot"), "--once")
		job.Env = []string{"ROBOT_ACTIONS=" + shipped}
		job.Stdin = strings.NewReader(task)
		var out, logs bytes.Buffer
		job.Stdout, job.Stderr = &out, &logs
		// An exit code other than 0 is an error here, and the answer.
		_ = job.Run()
		if got := job.ProcessState.ExitCode(); got != want.code || out.String() != want.out {
			t.Errorf("%q: code = %d, out = %q, logs = %s", task, got, out.String(), logs.String())
		}
	}
}

// replace swaps the file in one step: the robot may read it at any time.
func replace(t *testing.T, path, text string) {
	t.Helper()
	next := path + ".next"
	if err := os.WriteFile(next, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(next, path); err != nil {
		t.Fatal(err)
	}
}
