package actions

import (
	"context"
	"fmt"
	"strings"
	"text/template"
)

// Factory builds an action from the "with" block of its declaration.
type Factory func(with map[string]string, knowledge Knowledge) (Action, error)

// Kinds returns the factories that ship with the robot. Each call returns a
// fresh map, so a caller may add kinds of its own.
func Kinds() map[string]Factory {
	return map[string]Factory{
		"echo":     textKind(func(text string) string { return text }),
		"upper":    textKind(strings.ToUpper),
		"reverse":  textKind(reverse),
		"template": templateKind,
		"lookup":   lookupKind,
	}
}

func textKind(change func(string) string) Factory {
	return func(with map[string]string, _ Knowledge) (Action, error) {
		if err := onlyKeys(with); err != nil {
			return nil, err
		}
		return Func(func(ctx context.Context, input Input) (Output, error) {
			if input.Text == "" {
				return Output{}, ErrNoText
			}
			return Output{Text: change(input.Text)}, ctx.Err()
		}), nil
	}
}

func templateKind(with map[string]string, _ Knowledge) (Action, error) {
	if err := onlyKeys(with, "text"); err != nil {
		return nil, err
	}
	if with["text"] == "" {
		return nil, fmt.Errorf("with.text is missing")
	}
	parsed, err := template.New("text").Option("missingkey=error").Parse(with["text"])
	if err != nil {
		return nil, fmt.Errorf("with.text: %w", err)
	}
	return Func(func(ctx context.Context, input Input) (Output, error) {
		if input.Text == "" {
			return Output{}, ErrNoText
		}
		var text strings.Builder
		if err := parsed.Execute(&text, input); err != nil {
			return Output{}, fmt.Errorf("fill template: %w", err)
		}
		return Output{Text: text.String()}, ctx.Err()
	}), nil
}

func lookupKind(with map[string]string, knowledge Knowledge) (Action, error) {
	if err := onlyKeys(with); err != nil {
		return nil, err
	}
	if knowledge.Size() == 0 {
		return nil, fmt.Errorf("needs a knowledge file with at least one answer")
	}
	return Func(func(ctx context.Context, input Input) (Output, error) {
		answer, ok := knowledge.Answer(input.Text)
		if !ok {
			return Output{}, fmt.Errorf("%w: %q", ErrNoAnswer, input.Text)
		}
		return Output{Text: answer}, ctx.Err()
	}), nil
}

// onlyKeys refuses a misspelt setting, which would otherwise be ignored in silence.
func onlyKeys(with map[string]string, known ...string) error {
	for key := range with {
		found := false
		for _, name := range known {
			found = found || name == key
		}
		if !found {
			return fmt.Errorf("with.%s is not a setting of this kind", key)
		}
	}
	return nil
}

func reverse(text string) string {
	runes := []rune(text)
	for i, j := 0, len(runes)-1; i < j; i, j = i+1, j-1 {
		runes[i], runes[j] = runes[j], runes[i]
	}
	return string(runes)
}
