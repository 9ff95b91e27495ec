package robot

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxTask bounds the task of Once, in bytes.
const maxTask = 64 << 10

// Once reads one command from in, runs it, and writes the answer as a line to
// out: the robot as a job. The apology is not written; the error tells more.
func (r *Robot) Once(ctx context.Context, in io.Reader, out io.Writer) error {
	data, err := io.ReadAll(io.LimitReader(in, maxTask+1))
	if err != nil {
		return fmt.Errorf("read task: %w", err)
	}
	if len(data) > maxTask {
		return fmt.Errorf("task is longer than %d bytes", maxTask)
	}
	command := strings.TrimSpace(string(data))
	if command == "" {
		return errors.New("task is empty")
	}
	text, err := r.answer(ctx, command, "")
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, text); err != nil {
		return fmt.Errorf("write answer: %w", err)
	}
	return nil
}
