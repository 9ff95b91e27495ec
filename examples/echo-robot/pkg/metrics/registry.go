// Package metrics keeps counters, gauges and histograms and writes them in the
// Prometheus text exposition format, version 0.0.4.
package metrics

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
)

// ContentType is the media type of what WriteText writes.
const ContentType = "text/plain; version=0.0.4; charset=utf-8"

// Label is one name and value. Names must match [a-zA-Z_][a-zA-Z0-9_]*.
type Label struct{ Name, Value string }

// Registry writes its metrics in the order they were made, each with the
// registry's constant labels.
type Registry struct {
	constant []Label
	mu       sync.Mutex
	families []family
}

type family interface {
	write(out *bufio.Writer, constant []Label)
}

// NewRegistry gives every metric the constant labels (here: the revision).
func NewRegistry(constant ...Label) *Registry {
	return &Registry{constant: constant}
}

func (r *Registry) add(f family) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.families = append(r.families, f)
}

// WriteText writes all metrics.
func (r *Registry) WriteText(w io.Writer) error {
	r.mu.Lock()
	families := append([]family(nil), r.families...)
	r.mu.Unlock()

	out := bufio.NewWriter(w)
	for _, f := range families {
		f.write(out, r.constant)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write metrics: %w", err)
	}
	return nil
}

// ServeHTTP serves a scrape.
func (r *Registry) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", ContentType)
	// The scraper went away: it sees the failure itself.
	_ = r.WriteText(w)
}

func writeHead(out *bufio.Writer, name, help, kind string) {
	help = strings.NewReplacer(`\`, `\\`, "\n", `\n`).Replace(help)
	fmt.Fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind)
}

func writeSample(out *bufio.Writer, name, value string, groups ...[]Label) {
	out.WriteString(name)
	separator := "{"
	escape := strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)
	for _, labels := range groups {
		for _, label := range labels {
			fmt.Fprintf(out, `%s%s="%s"`, separator, label.Name, escape.Replace(label.Value))
			separator = ","
		}
	}
	if separator == "," {
		out.WriteString("}")
	}
	fmt.Fprintf(out, " %s\n", value)
}
