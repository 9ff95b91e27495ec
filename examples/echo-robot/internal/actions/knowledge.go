package actions

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Knowledge maps a question to its answer. The zero value knows nothing.
type Knowledge struct {
	answers map[string]string
}

// ParseKnowledge reads a flat YAML map of question to answer.
func ParseKnowledge(data []byte) (Knowledge, error) {
	var raw map[string]string
	if err := yaml.Unmarshal(data, &raw); err != nil {
		return Knowledge{}, fmt.Errorf("parse knowledge: %w", err)
	}
	answers := make(map[string]string, len(raw))
	for question, answer := range raw {
		key := questionKey(question)
		if key == "" || answer == "" {
			return Knowledge{}, fmt.Errorf("knowledge %q: question and answer must not be empty", question)
		}
		if _, twice := answers[key]; twice {
			return Knowledge{}, fmt.Errorf("knowledge %q is answered twice", key)
		}
		answers[key] = answer
	}
	return Knowledge{answers: answers}, nil
}

// Answer finds the answer; case, outer space and a final question mark do not count.
func (k Knowledge) Answer(question string) (string, bool) {
	answer, ok := k.answers[questionKey(question)]
	return answer, ok
}

// Size is the number of answers.
func (k Knowledge) Size() int { return len(k.answers) }

func questionKey(question string) string {
	return strings.ToLower(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(question), "?")))
}
