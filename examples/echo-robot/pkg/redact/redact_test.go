package redact

import "testing"

func TestText(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		secrets    []string
		text, want string
	}{
		"no secret":     {nil, "as it is", "as it is"},
		"every place":   {[]string{"s3cret"}, "s3cret, again s3cret", "[redacted], again [redacted]"},
		"several":       {[]string{"alpha", "omega"}, "alpha to omega", "[redacted] to [redacted]"},
		"short ignored": {[]string{"a", ""}, "a banana", "a banana"},
	}
	for name, tc := range cases {
		tc := tc
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := New(tc.secrets...).Text(tc.text); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
