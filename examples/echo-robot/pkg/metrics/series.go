package metrics

import (
	"bufio"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// series holds one value of type V per combination of label values.
type series[V any] struct {
	mu     sync.Mutex
	labels []string
	values map[string]*point[V]
}

type point[V any] struct {
	labels []Label
	value  V
}

func newSeries[V any](labels []string) series[V] {
	return series[V]{labels: labels, values: map[string]*point[V]{}}
}

// update changes the value under the given label values, in the order the
// labels were declared; missing ones count as empty, extra ones are dropped.
func (s *series[V]) update(values []string, change func(*V)) {
	full := make([]string, len(s.labels))
	copy(full, values)
	key := strings.Join(full, "\xff")

	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.values[key]
	if !ok {
		p = &point[V]{}
		for i, name := range s.labels {
			p.labels = append(p.labels, Label{name, full[i]})
		}
		s.values[key] = p
	}
	change(&p.value)
}

// each visits the values in a stable order.
func (s *series[V]) each(visit func(labels []Label, value V)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	keys := make([]string, 0, len(s.values))
	for key := range s.values {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	for _, key := range keys {
		visit(s.values[key].labels, s.values[key].value)
	}
}

// Counter only grows.
type Counter struct {
	name, help string
	series     series[uint64]
}

// NewCounter makes a counter; one without labels starts at 0, so that its first
// increase is visible as a rate.
func (r *Registry) NewCounter(name, help string, labels ...string) *Counter {
	c := &Counter{name: name, help: help, series: newSeries[uint64](labels)}
	if len(labels) == 0 {
		c.series.update(nil, func(*uint64) {})
	}
	r.add(c)
	return c
}

// Inc adds one.
func (c *Counter) Inc(values ...string) {
	c.series.update(values, func(v *uint64) { *v++ })
}

func (c *Counter) write(out *bufio.Writer, constant []Label) {
	writeHead(out, c.name, c.help, "counter")
	c.series.each(func(labels []Label, value uint64) {
		writeSample(out, c.name, strconv.FormatUint(value, 10), constant, labels)
	})
}

// Gauge goes up and down. It starts at 0.
type Gauge struct {
	name, help string
	series     series[int64]
}

// NewGauge makes a gauge without labels of its own.
func (r *Registry) NewGauge(name, help string) *Gauge {
	g := &Gauge{name: name, help: help, series: newSeries[int64](nil)}
	g.Add(0)
	r.add(g)
	return g
}

// Add changes the gauge by delta.
func (g *Gauge) Add(delta int64) {
	g.series.update(nil, func(v *int64) { *v += delta })
}

func (g *Gauge) write(out *bufio.Writer, constant []Label) {
	writeHead(out, g.name, g.help, "gauge")
	g.series.each(func(labels []Label, value int64) {
		writeSample(out, g.name, strconv.FormatInt(value, 10), constant, labels)
	})
}
