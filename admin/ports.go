package admin

import (
	"context"
	"time"

	"parley/catalog"
	"parley/channels"
	"parley/dialogs"
	"parley/orders"
	"parley/payments"
	"parley/payments/books"
	"parley/payments/settlement"
)

// Shops is what the pages ask about merchants.
type Shops interface {
	Merchants(ctx context.Context) ([]catalog.Merchant, error)
	Merchant(ctx context.Context, id catalog.MerchantID) (catalog.Merchant, error)
}

// Inbox is the shop's side of its conversations.
type Inbox interface {
	List(ctx context.Context, m catalog.MerchantID, all bool, offset, limit int) ([]dialogs.Conversation, error)
	Read(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, limit int) (dialogs.Conversation, []channels.Entry, error)
	Take(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, who string) error
	Reply(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID, who, text string) error
	HandBack(ctx context.Context, m catalog.MerchantID, id dialogs.ConversationID) error
}

// OrderLookup is how the pages find orders.
type OrderLookup interface {
	ListAll(ctx context.Context, m catalog.MerchantID, f orders.Filter, p orders.Page) (list []orders.Order, more bool, err error)
	List(ctx context.Context, m catalog.MerchantID, b orders.BuyerID, p orders.Page) (list []orders.Order, more bool, err error)
	Find(ctx context.Context, m catalog.MerchantID, id orders.OrderID) (orders.Order, error)
	FindByNumber(ctx context.Context, m catalog.MerchantID, number string) (orders.Order, error)
}

// OrderSteps is what staff do with an order.
type OrderSteps interface {
	Ship(ctx context.Context, m catalog.MerchantID, id orders.OrderID, who, tracking string) (orders.Order, error)
	Complete(ctx context.Context, m catalog.MerchantID, id orders.OrderID, who string) (orders.Order, error)
	Cancel(ctx context.Context, m catalog.MerchantID, id orders.OrderID, who, note string) (orders.Order, error)
}

// Orders is a shop's orders as its staff need them.
type Orders interface {
	OrderLookup
	OrderSteps
}

// Payments is what staff see of money, and what they do about it.
type Payments interface {
	Takings
	Reviews
	Refunds
	Disputes
	Ledger
	Periods
	Sellers
	Cuts
}

// Takings is what came for orders.
type Takings interface {
	ListByOrder(ctx context.Context, m payments.MerchantID, order payments.OrderID) ([]payments.Payment, error)
	Confirm(ctx context.Context, r payments.Receipt) (payments.Confirmed, error)
	// Withdraw makes sure that nobody pays for an order that is cancelled in the same transaction.
	Withdraw(ctx context.Context, order payments.OrderID) error
}

// Reviews is the queue of what a person must look at.
type Reviews interface {
	Reviews(ctx context.Context, m payments.MerchantID, open bool, after payments.ReviewID, limit int) ([]payments.Review, error)
	CloseReview(ctx context.Context, m payments.MerchantID, id payments.ReviewID, who, note string) error
	Resolve(ctx context.Context, m payments.MerchantID, id payments.ReviewID, action payments.Action, who, note string) error
	Attach(ctx context.Context, of payments.MerchantID, id payments.ReviewID, order payments.OrderID, who, note string) (payments.Payment, error)
}

// Refunds is money that goes back.
type Refunds interface {
	// IsRefundedElsewhere says whether people give the money back at the processor's: executing says that they have.
	IsRefundedElsewhere(ctx context.Context, r payments.Refund) (bool, error)
	RulesOf(ctx context.Context, m payments.MerchantID) (payments.Rules, error)
	GrantRefund(ctx context.Context, ask payments.RefundAsk) (payments.Refund, error)
	ExecuteRefund(ctx context.Context, m payments.MerchantID, id payments.RefundID, who string) (payments.Refund, error)
	WithdrawRefund(ctx context.Context, m payments.MerchantID, id payments.RefundID, who string) (payments.Refund, error)
	RefundsOf(ctx context.Context, m payments.MerchantID, order payments.OrderID) ([]payments.Refund, error)
	RefundsIn(ctx context.Context, m payments.MerchantID, status payments.RefundStatus, after payments.RefundID, limit int) ([]payments.Refund, error)
}

// Disputes is money that buyers' banks want back.
type Disputes interface {
	Disputes(ctx context.Context, m payments.MerchantID, open bool, after payments.DisputeID, limit int) ([]payments.Dispute, error)
	Evidence(ctx context.Context, m payments.MerchantID, id payments.DisputeID) (payments.Evidence, error)
	SubmitEvidence(ctx context.Context, m payments.MerchantID, id payments.DisputeID, who, note string) (payments.Dispute, error)
	ConcedeDispute(ctx context.Context, m payments.MerchantID, id payments.DisputeID, who, note string) (payments.Dispute, error)
}

// Sellers are shops with accounts of their own at processors, which a platform takes money for.
type Sellers interface {
	PlatformNames() []string
	SellerOf(ctx context.Context, m payments.MerchantID, gateway string) (payments.Seller, error)
	Onboard(ctx context.Context, m payments.MerchantID, gateway string, who payments.Enrolment) (url string, err error)
	LookAtSeller(ctx context.Context, m payments.MerchantID, gateway string) (payments.Seller, error)
}

// Cuts are what a platform keeps of its shops' payments.
type Cuts interface {
	CutOf(ctx context.Context, m payments.MerchantID) (payments.Cut, error)
	SetCut(ctx context.Context, m payments.MerchantID, cut payments.Cut) error
}

// ChatPayments is how shops are paid inside Telegram's chats.
type ChatPayments interface {
	// Shown says whether a merchant has a provider's token of its own, whether that moves real money, and how many Stars
	// a unit of its currency is worth; empty: it takes none.
	Shown(ctx context.Context, m payments.MerchantID) (hasToken, live bool, starsRate string, err error)
	// Change sets what is not nil; an empty token or rate takes it away. It fails with fault.Invalid:
	// telegram.provider_token, telegram.stars_rate.
	Change(ctx context.Context, m payments.MerchantID, token, starsRate *string) error
	// Default is the mode of the provider of shops without one of their own, "live" or "test"; empty: there is none.
	Default() string
}

// Settlement is what processors and banks say, beside the books.
type Settlement interface {
	Queue(ctx context.Context, ask settlement.QueueAsk) ([]settlement.Item, error)
	Decide(ctx context.Context, c settlement.Choice) error
	Payouts(ctx context.Context, ask settlement.PayoutsAsk) ([]settlement.PayoutView, error)
	Rows(ctx context.Context, ask settlement.RowsAsk) ([]settlement.Row, error)
}

// Ledger is the books.
type Ledger interface {
	books.Ledger
	JournalPage(ctx context.Context, ask payments.JournalAsk, after payments.Place, limit int) ([]payments.Booked, error)
	Summary(ctx context.Context, m payments.MerchantID, span payments.Span) ([]payments.ReasonSum, error)
	Captured(ctx context.Context, m payments.MerchantID, spans []payments.Span) ([]payments.SpanSum, error)
}

// Periods are months of the books, which are closed one after the other.
type Periods interface {
	SpanOf(ctx context.Context, m payments.MerchantID, month payments.Month, zone *time.Location) (payments.Span, error)
	Periods(ctx context.Context, m payments.MerchantID, before payments.Month, limit int) ([]payments.Period, error)
	Period(ctx context.Context, m payments.MerchantID, month payments.Month) (payments.Period, error)
	OpenItems(ctx context.Context, m payments.MerchantID, before time.Time, limit int) ([]payments.OpenItem, error)
	ClosePeriod(ctx context.Context, c payments.Closing) (payments.Period, error)
}
