package payments

import "context"

// behind is the payment of another gateway whose money a processor holds, by the id of the processor's that it came with, of a
// charge or of an attempt: what becomes of such money is news of that processor's. It fails with fault.Missing.
func (s store) behind(ctx context.Context, holder, charge string) (Payment, error) {
	return s.one(ctx, "holder = ? and id = (select payment_id from ledger_entries where source = ? and business_key = ?)", holder, holder, "capture:"+charge)
}
