package actions

import (
	"context"
	"errors"
	"testing"
)

func TestKindsAnswer(t *testing.T) {
	t.Parallel()
	knowledge, err := ParseKnowledge([]byte("Release Day: on Tuesdays\n"))
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name, kind, text, want string
		with                   map[string]string
		wantErr                error
	}{
		{name: "echo", kind: "echo", text: "hi", want: "hi"},
		{name: "echo nothing", kind: "echo", wantErr: ErrNoText},
		{name: "upper", kind: "upper", text: "grün", want: "GRÜN"},
		{name: "reverse keeps characters whole", kind: "reverse", text: "añb", want: "bña"},
		{name: "template", kind: "template", with: map[string]string{"text": "Hello, {{.Text}}!"}, text: "Ada", want: "Hello, Ada!"},
		{name: "template nothing", kind: "template", with: map[string]string{"text": "x"}, wantErr: ErrNoText},
		{name: "lookup ignores case and mark", kind: "lookup", text: " release DAY? ", want: "on Tuesdays"},
		{name: "lookup gap", kind: "lookup", text: "meaning of life", wantErr: ErrNoAnswer},
	}
	for _, tc := range cases {
		tc := tc
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			action, err := Kinds()[tc.kind](tc.with, knowledge)
			if err != nil {
				t.Fatalf("build: %v", err)
			}
			got, err := action.Execute(context.Background(), Input{Text: tc.text})
			if !errors.Is(err, tc.wantErr) {
				t.Fatalf("error = %v, want %v", err, tc.wantErr)
			}
			if got.Text != tc.want {
				t.Errorf("text = %q, want %q", got.Text, tc.want)
			}
		})
	}
}

func TestKindsHonourCancellation(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	action, err := Kinds()["echo"](nil, Knowledge{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := action.Execute(ctx, Input{Text: "hi"}); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want %v", err, context.Canceled)
	}
}

func TestLookupNeedsKnowledge(t *testing.T) {
	t.Parallel()
	if _, err := Kinds()["lookup"](nil, Knowledge{}); err == nil {
		t.Error("a lookup without knowledge was built")
	}
}
