package flow

import "parley/catalog/money"

// Session is all that a conversation remembers between two events. It is stored as JSON.
type Session struct {
	State    State    `json:"state"`
	Left     State    `json:"left,omitempty"` // where a person took over
	Shelf    Shelf    `json:"shelf,omitzero"` // the list the buyer came from
	Product  int64    `json:"product,omitempty"`
	Picked   []int64  `json:"picked,omitempty"` // values of the product's options, in their order
	Count    int      `json:"count,omitempty"`  // pieces about to be added; 0 is 1
	Photo    int      `json:"photo,omitempty"`  // which picture of the product is looked at
	Goods    int      `json:"goods,omitempty"`  // pieces in the cart, as last heard
	Checkout Checkout `json:"checkout,omitzero"`
	Order    int64    `json:"order,omitempty"`    // the order being paid or looked at
	OwnDoor  bool     `json:"own_door,omitempty"` // the buyer writes to an address of this shop alone
	Line     int64    `json:"line,omitempty"`     // the line of the cart that is about to be shown
	Unclear  int      `json:"unclear,omitempty"`  // how many times in a row the buyer was not understood
	Offered  []Offer  `json:"offered,omitempty"`  // the last list, for those who answer with its number or name
}

// Offer is one choice of the last list.
type Offer struct {
	Token string `json:"t"`
	Name  string `json:"n"`
	Main  bool   `json:"m,omitempty"`
}

// Shelf is a list of products: a category or what was found.
type Shelf struct {
	Category int64  `json:"category,omitempty"` // 0: the top
	Words    string `json:"words,omitempty"`    // not empty: found by them
	Page     int    `json:"page,omitempty"`     // from 0
}

// Checkout is what the buyer has told on the way from cart to order.
type Checkout struct {
	Key       string       `json:"key,omitempty"`     // of this attempt; an order is placed once for it
	Deliver   bool         `json:"deliver,omitempty"` // something in the cart is delivered
	Methods   []Way        `json:"methods,omitempty"`
	Name      string       `json:"name,omitempty"`
	Phone     string       `json:"phone,omitempty"`
	Email     string       `json:"email,omitempty"`
	Delivery  int64        `json:"delivery,omitempty"`
	Courier   bool         `json:"courier,omitempty"` // the delivery needs an address
	Address   string       `json:"address,omitempty"`
	Comment   string       `json:"comment,omitempty"`
	Total     money.Amount `json:"total,omitzero"`       // as the summary said
	LastPhone string       `json:"last_phone,omitempty"` // known from earlier, offered
	LastName  string       `json:"last_name,omitempty"`
	LastPlace string       `json:"last_place,omitempty"`
}

// Way is one way that goods reach the buyer.
type Way struct {
	ID      int64        `json:"id"`
	Name    string       `json:"name"`
	Courier bool         `json:"courier,omitempty"`
	Price   money.Amount `json:"price"`
}

// State is where a conversation stands.
type State string

// States. Same, Anywhere and Earlier are not states but ways to write rows.
const (
	Same     State = ""         // stay
	Anywhere State = "anywhere" // whatever the state
	Earlier  State = "earlier"  // back to where a person took over

	Lobby      State = "lobby"      // choosing one of the shops that share a bot
	Browsing   State = "browsing"   // menu, categories, search
	Viewing    State = "viewing"    // a product, choosing its options
	Filling    State = "filling"    // the cart
	Contacting State = "contacting" // checkout: who receives it
	Delivering State = "delivering" // checkout: how
	Addressing State = "addressing" // checkout: where
	Commenting State = "commenting" // checkout: anything to add
	Confirming State = "confirming" // checkout: everything once more
	Paying     State = "paying"     // placed, not paid
	Tracking   State = "tracking"   // own orders
	WithHuman  State = "with_human" // a person of the shop answers
)

// Begin is the session of a conversation that has just begun.
func Begin() Session { return Session{State: Browsing} }

// BeginLobby is the session of a conversation with a bot that several shops share.
func BeginLobby() Session { return Session{State: Lobby} }
