// Package redact hides credentials in text that a robot may have to show, such
// as an action's error. It is offered to robots built on this layout; nothing in
// this repository imports it.
package redact

import "strings"

const mark = "[redacted]"

// Redactor replaces known secrets. The zero value changes nothing.
type Redactor struct {
	replacer *strings.Replacer
}

// New hides each of the secrets. Those under four bytes are left alone: hiding
// them would only shred ordinary words.
func New(secrets ...string) Redactor {
	var pairs []string
	for _, secret := range secrets {
		if len(secret) >= 4 {
			pairs = append(pairs, secret, mark)
		}
	}
	if len(pairs) == 0 {
		return Redactor{}
	}
	return Redactor{replacer: strings.NewReplacer(pairs...)}
}

// Text returns text without the secrets.
func (r Redactor) Text(text string) string {
	if r.replacer == nil {
		return text
	}
	return r.replacer.Replace(text)
}
