package metrics

import (
	"bufio"
	"sort"
	"strconv"
	"time"
)

// Histogram counts durations in buckets. Values are in seconds, as Prometheus
// expects of times.
type Histogram struct {
	name, help string
	bounds     []float64
	series     series[observations]
}

type observations struct {
	buckets []uint64
	count   uint64
	sum     float64
}

// NewHistogram makes a histogram with the given upper bounds in seconds; +Inf is added.
func (r *Registry) NewHistogram(name, help string, bounds []float64, labels ...string) *Histogram {
	sorted := append([]float64(nil), bounds...)
	sort.Float64s(sorted)
	h := &Histogram{name: name, help: help, bounds: sorted, series: newSeries[observations](labels)}
	r.add(h)
	return h
}

// Observe records one duration.
func (h *Histogram) Observe(duration time.Duration, values ...string) {
	seconds := duration.Seconds()
	h.series.update(values, func(o *observations) {
		if o.buckets == nil {
			o.buckets = make([]uint64, len(h.bounds))
		}
		if i := sort.SearchFloat64s(h.bounds, seconds); i < len(o.buckets) {
			o.buckets[i]++
		}
		o.count++
		o.sum += seconds
	})
}

func (h *Histogram) write(out *bufio.Writer, constant []Label) {
	writeHead(out, h.name, h.help, "histogram")
	h.series.each(func(labels []Label, o observations) {
		cumulative := uint64(0)
		for i, bound := range h.bounds {
			cumulative += o.buckets[i]
			writeSample(out, h.name+"_bucket", strconv.FormatUint(cumulative, 10), constant, labels, []Label{{"le", formatFloat(bound)}})
		}
		count := strconv.FormatUint(o.count, 10)
		writeSample(out, h.name+"_bucket", count, constant, labels, []Label{{"le", "+Inf"}})
		writeSample(out, h.name+"_sum", formatFloat(o.sum), constant, labels)
		writeSample(out, h.name+"_count", count, constant, labels)
	})
}

func formatFloat(value float64) string {
	return strconv.FormatFloat(value, 'g', -1, 64)
}
