package payments

// Bank is what has come to the merchant's bank.
const Bank Account = "bank"

// FX is where money of one currency goes and money of another comes from, when a processor settles in another currency
// than the buyer paid. What is left in it, at any rate, is the difference that the conversion made.
const FX Account = "fx"

// Accounts of a seller on a platform: what the platform earns of a sale, and what it owes the seller.
const (
	PlatformFee   Account = "platform_fee"
	SellerPayable Account = "seller_payable"
)

// InTransit is what a gateway has paid out and no bank has confirmed yet.
func InTransit(gateway string) Account { return Account("in_transit:" + gateway) }

// Reserve is what a gateway holds back within its balance.
func Reserve(gateway string) Account { return Account("reserve:" + gateway) }

// Adjusted is what a gateway moved for reasons of its own: top-ups, advances, adjustments.
func Adjusted(gateway string) Account { return Account("adjusted:" + gateway) }
