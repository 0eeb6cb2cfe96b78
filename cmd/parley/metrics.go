package main

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics is what Prometheus is told.
type metrics struct {
	registry *prometheus.Registry
	turns    *prometheus.HistogramVec
	sends    *prometheus.CounterVec
	images   *prometheus.CounterVec
	webhooks *prometheus.HistogramVec
	requests *prometheus.HistogramVec
}

func newMetrics(s *shop) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		turns: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_turn_seconds", Help: "Time from an update to its answer being stored.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}, []string{"network", "result"}),
		sends: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_sends_total", Help: "Messages by what became of them at the network.",
		}, []string{"network", "result"}),
		images: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "parley_images_total", Help: "Pictures of products by what became of them: ready, failed, or retry for a try that is repeated.",
		}, []string{"result"}),
		webhooks: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_webhook_seconds", Help: "Time of a try to deliver a webhook, by what became of it: delivered, retry or failed.",
			Buckets: prometheus.ExponentialBuckets(0.01, 3, 8),
		}, []string{"result"}),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "parley_http_request_seconds", Help: "Time to answer a request.", Buckets: prometheus.ExponentialBuckets(0.001, 3, 9),
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.turns, m.sends, m.images, m.webhooks, m.requests, &census{s},
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	s.engine.Observe = func(channel string, took time.Duration, failed bool) {
		m.turns.WithLabelValues(network(channel), outcome(failed)).Observe(took.Seconds())
	}
	s.images.Observe = func(result string) { m.images.WithLabelValues(result).Inc() }
	s.webhooks.Observe = func(result string, took time.Duration) { m.webhooks.WithLabelValues(result).Observe(took.Seconds()) }
	s.outbox.Observe = func(channel, result string, letters int) {
		m.sends.WithLabelValues(network(channel), result).Add(float64(letters))
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{Registry: m.registry})
}

func (m *metrics) request(method, route string, status int, took time.Duration) {
	m.requests.WithLabelValues(strings.Clone(method), strings.Clone(route), strconv.Itoa(status)).Observe(took.Seconds())
}

// network is the kind of a channel: a label for each bot or page would be too many.
func network(channel string) string {
	kind, _, _ := strings.Cut(channel, ":")
	return kind
}

func outcome(failed bool) string {
	if failed {
		return "failed"
	}
	return "ok"
}

// census counts rows when Prometheus asks.
type census struct{ shop *shop }

var (
	jobsDesc     = prometheus.NewDesc("parley_jobs", "Promised jobs that wait or run.", []string{"kind"}, nil)
	jobsAgeDesc  = prometheus.NewDesc("parley_jobs_oldest_seconds", "How long the oldest due job has waited.", []string{"kind"}, nil)
	jobsDeadDesc = prometheus.NewDesc("parley_jobs_dead", "Jobs set aside after their last try.", []string{"kind"}, nil)
	ordersDesc   = prometheus.NewDesc("parley_orders", "Orders by state.", []string{"state"}, nil)
	paymentsDesc = prometheus.NewDesc("parley_payments", "Payments by gateway and status.", []string{"gateway", "status"}, nil)
)

// Describe names what Collect counts.
func (*census) Describe(to chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{jobsDesc, jobsAgeDesc, jobsDeadDesc, ordersDesc, paymentsDesc} {
		to <- desc
	}
}

// Collect counts; what can't be counted in time is left out.
func (c *census) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(desc *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
	}
	if depths, err := c.shop.db.Depths(ctx); err == nil {
		for _, depth := range depths {
			gauge(jobsDesc, float64(depth.Jobs), depth.Kind)
			gauge(jobsAgeDesc, depth.Oldest.Seconds(), depth.Kind)
			gauge(jobsDeadDesc, float64(depth.Dead), depth.Kind)
		}
	}
	if counts, err := c.shop.orders.Census(ctx); err == nil {
		for state, count := range counts {
			gauge(ordersDesc, float64(count), string(state))
		}
	}
	if counts, err := c.shop.payments.Census(ctx); err == nil {
		for of, count := range counts {
			gauge(paymentsDesc, float64(count), of.Gateway, string(of.Status))
		}
	}
}
