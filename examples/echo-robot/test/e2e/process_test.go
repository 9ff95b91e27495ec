//go:build e2e

// Package e2e builds the commands and drives them from outside, as a platform
// and an orchestrator would.
package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// processLimit ends a process that hangs; its test then fails on the missing log line.
const processLimit = 60 * time.Second

func TestMain(m *testing.M) {
	code, err := buildAndRun(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func buildAndRun(m *testing.M) (code int, err error) {
	dir, err := os.MkdirTemp("", "echo-robot-e2e-")
	if err != nil {
		return 0, fmt.Errorf("make folder for binaries: %w", err)
	}
	defer os.RemoveAll(dir)
	build := exec.Command("go", "build", "-o", dir+string(filepath.Separator), "../../cmd/...")
	if output, err := build.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("build the commands: %w\n%s", err, output)
	}
	if err := os.Setenv("E2E_BINARIES", dir); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func binary(name string) string { return filepath.Join(os.Getenv("E2E_BINARIES"), name) }

// process is a running command whose log is read line by line.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  chan logLine
	waited bool
}

type logLine struct {
	text   string
	fields map[string]any
}

// start runs the named command with exactly the given environment.
func start(t *testing.T, name string, env ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), processLimit)
	cmd := exec.CommandContext(ctx, binary(name))
	cmd.Env = append([]string{"PATH="}, env...)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, lines: make(chan logLine, 4096)}
	go func() {
		defer close(p.lines)
		scanner := bufio.NewScanner(stderr)
		for scanner.Scan() {
			line := logLine{text: scanner.Text()}
			// A line that is not JSON, such as a panic, has no fields.
			_ = json.Unmarshal(scanner.Bytes(), &line.fields)
			p.lines <- line
		}
	}()
	t.Cleanup(func() {
		cancel()
		if !p.waited {
			for range p.lines {
			}
			_ = cmd.Wait()
		}
	})
	return p
}

// waitLog reads the log up to the line with that message and returns its fields.
func (p *process) waitLog(message string) map[string]any {
	p.t.Helper()
	for line := range p.lines {
		if line.fields["msg"] == message {
			return line.fields
		}
		p.t.Log(line.text)
	}
	p.t.Fatalf("the log ended without %q", message)
	return nil
}

// url waits until the process listens and returns its base URL.
func (p *process) url() string {
	p.t.Helper()
	return fmt.Sprint("http://", p.waitLog("listening")["addr"])
}

func (p *process) signal(sig syscall.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(sig); err != nil {
		p.t.Fatal(err)
	}
}

// exitCode waits for the process to end.
func (p *process) exitCode() int {
	p.t.Helper()
	for line := range p.lines {
		p.t.Log(line.text)
	}
	p.waited = true
	// An exit code other than 0 is an error here, and the answer.
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}
