package dialogs

import (
	"context"
	"errors"
	"fmt"

	"parley/catalog"
	"parley/catalog/fault"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
	"parley/orders"
)

// perform does one effect by one call to the rest of the shop, and returns the fact that answers it, if
// any. What the shop refuses comes back as Refused; what it wrote before that is undone.
func (t *turn) perform(ctx context.Context, effect flow.Effect) (fact flow.Event, err error) {
	switch {
	case reads(effect):
		fact, err = t.do(ctx, effect)
	case t.lockless:
		return nil, errOrdinary
	default:
		err = t.db.InTx(ctx, func(ctx context.Context) error {
			fact, err = t.do(ctx, effect)
			return err
		})
	}
	refusal, classified := fault.Of(err)
	if classified && refusal.Kind != fault.Internal {
		return flow.Refused{Key: refusal.Key, Args: t.worded(refusal.Args)}, nil
	}
	return fact, err
}

// worded is a refusal's arguments in the buyer's language: "title.ru" goes before "title".
func (t *turn) worded(args map[string]string) map[string]string {
	worded := map[string]string{}
	for name, value := range args {
		if own, has := args[name+"."+t.language()]; has {
			value = own
		}
		worded[name] = value
	}
	return worded
}

// reads says whether an effect writes nothing, so that it needs no savepoint.
func reads(effect flow.Effect) bool {
	switch effect.(type) {
	case flow.ListShops, flow.OpenMenu, flow.ListShelf, flow.FindProduct, flow.FindHandle, flow.FindCategory,
		flow.Quote, flow.ListOrders, flow.FindOrder, flow.ListLanguages:
		return true
	}
	return false
}

func (t *turn) do(ctx context.Context, effect flow.Effect) (flow.Event, error) {
	switch e := effect.(type) {
	case flow.ListShops:
		return t.listShops(ctx)
	case flow.EnterShop:
		return t.enterShop(ctx, catalog.MerchantID(e.Merchant))
	case flow.LeaveShop:
		return t.leaveShop(ctx)
	case flow.OpenMenu:
		return t.openMenu(ctx)
	case flow.ListShelf:
		return t.listShelf(ctx, e.Shelf)
	case flow.FindCategory:
		return t.findCategory(ctx, e.Category)
	case flow.FindProduct:
		return t.product(t.Shelves.Find(ctx, t.shop.ID, catalog.ProductID(e.Product)))
	case flow.FindHandle:
		return t.product(t.Shelves.FindByHandle(ctx, t.shop.ID, e.Product))
	case flow.AddToCart:
		return t.addToCart(ctx, e)
	case flow.SetCount:
		return t.cart(t.Carts.SetQuantity(ctx, t.shop.ID, t.buyer(), catalog.VariantID(e.Variant), e.Count))
	case flow.PriceCart:
		return t.priceCart(ctx)
	case flow.ClearCart:
		if err := t.Carts.Clear(ctx, t.shop.ID, t.buyer()); err != nil {
			return nil, err
		}
		return flow.CartPriced{}, nil
	case flow.HoldCart:
		return t.holdCart(ctx)
	case flow.LetGo:
		return nil, t.Checkout.LetGo(ctx, t.shop.ID, t.buyer())
	case flow.Quote:
		return t.quote(ctx, e.Checkout)
	case flow.PlaceOrder:
		return t.place(ctx, e.Checkout)
	}
	return t.doAfter(ctx, effect)
}

// doAfter does the effects of what comes after an order is placed, and those about people and languages.
func (t *turn) doAfter(ctx context.Context, effect flow.Effect) (flow.Event, error) {
	switch e := effect.(type) {
	case flow.FindWays:
		order, err := t.order(ctx, e.Order)
		return flow.PayWays{Order: order}, err
	case flow.StartPaying:
		return t.startPaying(ctx, e)
	case flow.ListOrders:
		return t.listOrders(ctx, e.Page)
	case flow.FindOrder:
		order, err := t.order(ctx, e.Order)
		return flow.OrderFound{Order: order}, err
	case flow.RepeatOrder:
		return t.repeat(ctx, e.Order)
	case flow.CancelOrder:
		return t.cancel(ctx, e.Order)
	case flow.CallHuman:
		return nil, t.callHuman(ctx)
	case flow.LeaveHuman:
		return nil, t.leaveHuman(ctx)
	case flow.ListLanguages:
		return t.listLanguages(), nil
	case flow.SetLanguage:
		return t.setLanguage(ctx, e.Tag)
	}
	return nil, fmt.Errorf("nobody does %T", effect)
}

func (t *turn) listShops(ctx context.Context) (flow.Event, error) {
	shops, err := t.Shops.Merchants(ctx)
	listed := flow.ShopsListed{}
	for _, shop := range shops {
		listed.Shops = append(listed.Shops, flow.Named{ID: int64(shop.ID), Name: shop.Name.In(t.language())})
	}
	return listed, err
}

func (t *turn) enterShop(ctx context.Context, id catalog.MerchantID) (flow.Event, error) {
	if _, err := t.Shops.Merchant(ctx, id); err != nil {
		return nil, err
	}
	return flow.Started{}, t.move(ctx, merchantOf(id))
}

func (t *turn) leaveShop(ctx context.Context) (flow.Event, error) {
	return flow.Started{}, t.move(ctx, nil)
}

func (t *turn) openMenu(ctx context.Context) (flow.Event, error) {
	language := t.language()
	menu := flow.MenuOpened{
		Shop: t.shop.Name.In(language), About: t.shop.About.In(language), Goods: t.session.Goods,
		Languages: len(t.languages()),
	}
	shops, err := t.Shops.Merchants(ctx)
	if err != nil {
		return nil, err
	}
	menu.Shared = len(shops) > 1 && !t.session.OwnDoor
	categories, err := t.Shelves.Browse(ctx, t.shop.ID, 0)
	menu.Categories = named(categories, language)
	return menu, err
}

func named(categories []catalog.Category, language string) (names []flow.Named) {
	for _, c := range categories {
		names = append(names, flow.Named{ID: int64(c.ID), Name: c.Name.In(language), Count: c.Products})
	}
	return names
}

// shelfSize is how many products a page of a list has.
const shelfSize = 8

func (t *turn) listShelf(ctx context.Context, shelf flow.Shelf) (flow.Event, error) {
	page := catalog.Page{Offset: shelf.Page * shelfSize, Limit: shelfSize}
	if shelf.Words != "" {
		return t.search(ctx, shelf, page)
	}
	id, language := catalog.CategoryID(shelf.Category), t.language()
	listed := flow.ShelfListed{Shelf: shelf, IsTop: id == 0}
	if id != 0 {
		category, err := t.Shelves.Category(ctx, t.shop.ID, id)
		if err != nil {
			return nil, err
		}
		listed.Title, listed.Up = category.Name.In(language), int64(category.Parent)
	}
	if shelf.Page == 0 {
		below, err := t.Shelves.Browse(ctx, t.shop.ID, id)
		if err != nil {
			return nil, err
		}
		listed.Categories = named(below, language)
	}
	if id == 0 && len(listed.Categories) > 0 {
		return listed, nil // the top shows its shelves, not everything there is
	}
	list, err := t.Shelves.Products(ctx, t.shop.ID, id, page)
	return t.shelf(listed, list), err
}

// mostNear is how many products are offered when nothing fits what was searched for.
const mostNear = 4

// search lists what was found, or what comes nearest to it.
func (t *turn) search(ctx context.Context, shelf flow.Shelf, page catalog.Page) (flow.Event, error) {
	found, err := t.Shelves.Search(ctx, t.shop.ID, catalog.Query{Words: shelf.Words, Page: page})
	if err != nil {
		return nil, err
	}
	if found.Total == 0 {
		found.Products = found.Nearest[:min(len(found.Nearest), mostNear)]
	}
	return t.shelf(flow.ShelfListed{Shelf: shelf, IsTop: true}, found.List), nil
}

func (t *turn) shelf(listed flow.ShelfListed, list catalog.List) flow.ShelfListed {
	language := t.language()
	listed.Total, listed.Pages = list.Total, (list.Total+shelfSize-1)/shelfSize
	for _, p := range list.Products {
		listed.Items = append(listed.Items, flow.Item{
			ID: int64(p.ID), Title: p.Title.In(language), Price: p.From, Was: p.CompareAt, From: !p.Same,
			SoldOut: !p.Free, Photo: catalog.InSize(p.Image, "card"), Alt: p.Alt.In(language),
		})
	}
	return listed
}

func (t *turn) findCategory(ctx context.Context, slug string) (flow.Event, error) {
	if slug == "" {
		return t.openMenu(ctx)
	}
	category, err := t.Shelves.CategoryBySlug(ctx, t.shop.ID, slug)
	if fault.KindOf(err) == fault.Missing {
		return t.openMenu(ctx) // the link is older than the shelf
	}
	if err != nil {
		return nil, err
	}
	return t.listShelf(ctx, flow.Shelf{Category: int64(category.ID)})
}

func (t *turn) product(p catalog.Product, err error) (flow.Event, error) {
	if err != nil {
		return nil, err
	}
	if p.State != catalog.Active {
		return nil, fault.New(fault.Missing, "product.missing")
	}
	return flow.ProductFound{Product: productCard(p, t.language())}, nil
}

func (t *turn) addToCart(ctx context.Context, e flow.AddToCart) (flow.Event, error) {
	cart, err := t.Carts.AddToCart(ctx, t.shop.ID, t.buyer(), catalog.VariantID(e.Variant), e.Count)
	if err != nil {
		return nil, err
	}
	priced := flow.CartPriced{Cart: cartView(cart, t.language())}
	for _, line := range priced.Cart.Lines {
		if line.Variant == e.Variant {
			priced.Cart.Added = line.Title
		}
	}
	return priced, nil
}

func (t *turn) cart(cart orders.Cart, err error) (flow.Event, error) {
	return flow.CartPriced{Cart: cartView(cart, t.language())}, err
}

// priceCart shows the cart; prices that changed since the buyer last saw them are said once.
func (t *turn) priceCart(ctx context.Context) (flow.Event, error) {
	cart, err := t.Carts.PriceCart(ctx, t.shop.ID, t.buyer())
	if err != nil {
		return nil, err
	}
	for _, line := range cart.Lines {
		if line.WasPrice != line.Price && !line.WasPrice.IsZero() {
			err = t.Carts.AcceptPrices(ctx, t.shop.ID, t.buyer())
			break
		}
	}
	return flow.CartPriced{Cart: cartView(cart, t.language())}, err
}

func (t *turn) callHuman(ctx context.Context) error {
	now := t.at()
	t.owner, t.askedAt = Human, &now
	return t.db.Ring(ctx, InboxBell, t.shop.Slug)
}

func (t *turn) leaveHuman(ctx context.Context) error {
	t.owner, t.askedAt = Bot, nil
	return t.db.Ring(ctx, InboxBell, t.shop.Slug)
}

func (t *turn) listLanguages() flow.Event {
	listed := flow.LanguagesListed{}
	for _, tag := range t.languages() {
		listed.Languages = append(listed.Languages, flow.Tongue{Tag: tag, Name: texts.NameOf(tag)})
	}
	return listed
}

var errUnknownLanguage = errors.New("a button for a language that is not there")

func (t *turn) setLanguage(ctx context.Context, tag string) (flow.Event, error) {
	if texts.Match(tag, t.languages()) != tag {
		return nil, fault.New(fault.Invalid, "language.unknown").Because(errUnknownLanguage)
	}
	t.tongue = tag
	set := flow.LanguageSet{}
	for _, method := range t.shop.Delivery {
		set.Ways = append(set.Ways, flow.Named{ID: int64(method.ID), Name: method.Name.In(tag)})
	}
	return set, t.remember(ctx, "language", tag)
}
