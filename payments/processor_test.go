package payments_test

import (
	"context"
	"sync"

	"parley/catalog/fault"
	"parley/catalog/money"
	"parley/payments"
)

// processor is somebody else's machine: it keeps what it was asked, by key, and may lose its answers.
type processor struct {
	mu    sync.Mutex
	live  bool
	asked map[string]int // by Payment.Key
	says  map[string]payments.Notice
	lose  error // the next Open is done, and its answer lost
	down  error // nobody answers
	shut  map[string]bool
	gave  map[string]money.Amount // refunds by key
	slow  bool                    // refunds are on their way for a while
	rich  bool                    // it took more than we know, and gives back as much
}

func newProcessor() *processor {
	return &processor{asked: map[string]int{}, says: map[string]payments.Notice{}, shut: map[string]bool{}, gave: map[string]money.Amount{}}
}

func (*processor) Name() string { return "bank" }
func (p *processor) Live() bool { return p.live }

func (p *processor) Open(_ context.Context, pay payments.Payment, due payments.Due, back payments.Return) (payments.Opened, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return payments.Opened{}, p.down
	}
	p.asked[pay.Key]++
	ref := "cs_" + pay.Key
	if _, known := p.says[ref]; !known {
		p.says[ref] = payments.Notice{Ref: ref, Payment: pay.Key, News: payments.Open, Amount: pay.Amount}
	}
	if lost := p.lose; lost != nil {
		p.lose = nil
		return payments.Opened{}, lost
	}
	return payments.Opened{Ref: ref, URL: "https://bank.example/" + ref + "?back=" + back.URL, Expires: due.Expires}, nil
}

func (p *processor) Look(_ context.Context, pay payments.Payment) (payments.Notice, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return payments.Notice{}, p.down
	}
	return p.says[pay.Ref], nil
}

func (p *processor) Close(_ context.Context, pay payments.Payment) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if news := p.says[pay.Ref].News; news == payments.Settled || news == payments.Working {
		return fault.New(fault.Conflict, "payment.was_paid")
	}
	p.shut[pay.Ref] = true
	return nil
}

func (p *processor) Refund(_ context.Context, pay payments.Payment, amount money.Amount, key string) (payments.Returned, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down != nil {
		return payments.Returned{}, p.down
	}
	p.asked[key]++
	sum := amount.Minor
	for other, given := range p.gave {
		if other != key {
			sum += given.Minor
		}
	}
	if sum > pay.Captured.Minor && !p.rich {
		return payments.Returned{}, fault.New(fault.Conflict, "payment.refund_too_much")
	}
	p.gave[key] = amount
	if lost := p.lose; lost != nil {
		p.lose = nil
		return payments.Returned{}, lost
	}
	return payments.Returned{Ref: "re_" + key, Done: !p.slow}, nil
}

// sayRefund is news of a refund.
func (p *processor) sayRefund(pay payments.Payment, r payments.Refund, news payments.RefundStatus) payments.Notice {
	return payments.Notice{
		Event: "evt_" + string(news) + "_" + r.Key, Ref: pay.Ref, Payment: pay.Key, Refund: r.Ref, RefundKey: r.Key, RefundNews: news, Amount: r.Amount, Live: p.live,
	}
}

// say is what the processor's own machine comes to.
func (p *processor) say(pay payments.Payment, news payments.Status, charge string) payments.Notice {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := payments.Notice{Ref: pay.Ref, Payment: pay.Key, News: news, Amount: pay.Amount, Key: charge, Live: p.live}
	p.says[pay.Ref] = n
	n.Event = "evt_" + string(news) + "_" + charge + "_" + pay.Key
	return n
}

// till is a processor that opens inside the transaction.
type till struct{ *processor }

func (till) Name() string { return "till" }
func (till) Instant()     {}
