package flow

import "parley/catalog/money"

// What the conversation wants done. The comment names the fact that comes back; Refused may come instead.
type (
	ListShops    struct{}                  // ShopsListed
	EnterShop    struct{ Merchant int64 }  // the conversation goes on with that shop
	LeaveShop    struct{}                  // … and this one in the lobby
	OpenMenu     struct{}                  // MenuOpened
	ListShelf    struct{ Shelf Shelf }     // ShelfListed
	FindProduct  struct{ Product int64 }   // ProductFound
	FindHandle   struct{ Product string }  // ProductFound
	FindCategory struct{ Category string } // ShelfListed
	AddToCart    struct {                  // CartPriced
		Variant int64
		Count   int
	}
	SetCount struct { // CartPriced
		Variant int64
		Count   int
	}
	PriceCart   struct{}                    // CartPriced
	ClearCart   struct{}                    // CartPriced
	HoldCart    struct{}                    // CheckoutOpened
	LetGo       struct{}                    // nothing
	Quote       struct{ Checkout Checkout } // Quoted
	PlaceOrder  struct{ Checkout Checkout } // OrderPlaced
	FindWays    struct{ Order int64 }       // PayWays
	StartPaying struct {                    // LinkReady or LinkComing
		Order  int64
		Method string
	}
	ListOrders    struct{ Page int }    // OrdersListed
	FindOrder     struct{ Order int64 } // OrderFound
	RepeatOrder   struct{ Order int64 } // CartPriced
	CancelOrder   struct{ Order int64 } // OrderCancelled
	CallHuman     struct{}              // nothing; HumanJoined and HumanLeft come when they do
	LeaveHuman    struct{}              // nothing
	ListLanguages struct{}              // LanguagesListed
	SetLanguage   struct{ Tag string }  // LanguageSet
)

// Say is something for the buyer to read. Body is the fact that it shows, if the sentence under Key is
// not all of it.
type Say struct {
	Key     string
	Args    map[string]string
	Body    Event
	Photo   *Photo
	Choices []Choice
	Ask     string // "phone" or "location": what the network may help to enter
	Same    bool   // another state of the screen that was tapped
}

// Choice is a button: what it is called and the event that tapping it is.
type Choice struct {
	Key    string // of its name; or
	Label  string // its name
	Hint   string // a key, or a name where Label is a sign: what it does in full
	Args   map[string]string
	Amount money.Amount // {{.amount}} of its name, written as the buyer's language does
	Does   Tap
	URL    string // opens a page instead
	Card   *Item  // shown as a card where the network can
	Beside bool
	Main   bool
}

func (ListShops) effect()     {}
func (EnterShop) effect()     {}
func (LeaveShop) effect()     {}
func (OpenMenu) effect()      {}
func (ListShelf) effect()     {}
func (FindProduct) effect()   {}
func (FindHandle) effect()    {}
func (FindCategory) effect()  {}
func (AddToCart) effect()     {}
func (SetCount) effect()      {}
func (PriceCart) effect()     {}
func (ClearCart) effect()     {}
func (HoldCart) effect()      {}
func (LetGo) effect()         {}
func (Quote) effect()         {}
func (PlaceOrder) effect()    {}
func (FindWays) effect()      {}
func (StartPaying) effect()   {}
func (ListOrders) effect()    {}
func (FindOrder) effect()     {}
func (RepeatOrder) effect()   {}
func (CancelOrder) effect()   {}
func (CallHuman) effect()     {}
func (LeaveHuman) effect()    {}
func (ListLanguages) effect() {}
func (SetLanguage) effect()   {}
func (Say) effect()           {}
