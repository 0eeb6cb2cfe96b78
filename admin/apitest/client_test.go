package apitest

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"testing"

	"parley-apitest/client"
)

// caller is a generated client and what it has seen of the shop.
type caller struct {
	testing.TB
	*client.ClientWithResponses
	ctx  context.Context
	shop int64
	desk string // the program's
}

// answered is what every generated answer can say.
type answered interface{ StatusCode() int }

// want fails unless an answer has a status.
func want[A answered](c *caller, status int) func(A, error) A {
	return func(answer A, err error) A {
		c.Helper()
		if err != nil {
			c.Fatal(err)
		}
		if answer.StatusCode() != status {
			c.Fatalf("%T: status %d, want %d: %+v", answer, answer.StatusCode(), status, answer)
		}
		return answer
	}
}

func dial(t testing.TB, w *watcher, p program, edit client.RequestEditorFn) *caller {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	made, err := client.NewClientWithResponses(p.url, client.WithHTTPClient(&http.Client{Transport: w, Jar: jar}), client.WithRequestEditorFn(edit))
	if err != nil {
		t.Fatal(err)
	}
	return &caller{TB: t, ClientWithResponses: made, ctx: t.Context(), shop: 1, desk: p.desk}
}

func p[T any](value T) *T { return &value }

func TestAGeneratedClientDrivesTheWholeAPI(t *testing.T) {
	program := start(t)
	w := watch(t, program.url)
	c := dial(t, w, program, func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+program.token)
		return nil
	})
	c.shops()
	c.categories()
	product := c.products()
	c.variants(product)
	c.images(product.Id)
	c.many(product)
	c.imports()
	c.exports()
	c.webhooks()
	c.searches()
	c.orders()
	c.books(dial(t, w, program, func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+program.second)
		return nil
	}))
	c.people()
	csrf := ""
	person := dial(t, w, program, func(_ context.Context, request *http.Request) error {
		if csrf != "" {
			request.Header.Set("X-CSRF-Token", csrf)
		}
		return nil
	})
	me := want[*client.SignInResponse](person, 201)(person.SignInWithResponse(person.ctx, client.Credentials{Login: program.login, Password: program.password}))
	csrf = *me.JSON201.CsrfToken
	person.ownThings()
	w.everything()
}

func (c *caller) shops() {
	list := want[*client.ListMerchantsResponse](c, 200)(c.ListMerchantsWithResponse(c.ctx, &client.ListMerchantsParams{Total: p(true)}))
	c.shop = list.JSON200.Items[0].Id
	shop := want[*client.GetMerchantResponse](c, 200)(c.GetMerchantWithResponse(c.ctx, c.shop))
	want[*client.ChangeMerchantResponse](c, 200)(c.ChangeMerchantWithResponse(c.ctx, c.shop,
		&client.ChangeMerchantParams{IfMatch: p(shop.HTTPResponse.Header.Get("ETag"))}, client.MerchantChange{About: &map[string]string{"en": "Changed."}}))
	settings := want[*client.GetSettingsResponse](c, 200)(c.GetSettingsWithResponse(c.ctx, c.shop))
	want[*client.SetSettingsResponse](c, 200)(c.SetSettingsWithResponse(c.ctx, c.shop,
		&client.SetSettingsParams{IfMatch: p(settings.HTTPResponse.Header.Get("ETag"))}, *settings.JSON200))
	want[*client.CreateMerchantResponse](c, 201)(c.CreateMerchantWithResponse(c.ctx, &client.CreateMerchantParams{IdempotencyKey: p("open")},
		client.NewMerchant{Slug: "third", Name: map[string]string{"en": "Third"}, Languages: []string{"en"}, Currency: "EUR"}))
}

func (c *caller) categories() {
	made := want[*client.CreateCategoryResponse](c, 201)(c.CreateCategoryWithResponse(c.ctx, c.shop, nil, client.NewCategory{Slug: "capes", Name: map[string]string{"en": "Capes"}}))
	id, any := made.JSON201.Id, p("*")
	want[*client.GetCategoryResponse](c, 200)(c.GetCategoryWithResponse(c.ctx, c.shop, id))
	list := want[*client.ListCategoriesResponse](c, 200)(c.ListCategoriesWithResponse(c.ctx, c.shop, &client.ListCategoriesParams{Limit: p(int64(2))}))
	want[*client.ListCategoriesResponse](c, 200)(c.ListCategoriesWithResponse(c.ctx, c.shop, &client.ListCategoriesParams{Limit: p(int64(2)), Cursor: list.JSON200.Next}))
	want[*client.ChangeCategoryResponse](c, 200)(c.ChangeCategoryWithResponse(c.ctx, c.shop, id, &client.ChangeCategoryParams{IfMatch: any}, client.CategoryChange{Position: p(int64(9))}))
	want[*client.MoveCategoryResponse](c, 200)(c.MoveCategoryWithResponse(c.ctx, c.shop, id, &client.MoveCategoryParams{IfMatch: any}, client.CategoryMove{Parent: another(list.JSON200.Items, id)}))
	want[*client.DeleteCategoryResponse](c, 204)(c.DeleteCategoryWithResponse(c.ctx, c.shop, id, &client.DeleteCategoryParams{IfMatch: any}))
	want[*client.GetCategoryResponse](c, 404)(c.GetCategoryWithResponse(c.ctx, c.shop, id))
}

// another is a category besides one.
func another(all []client.Category, besides int64) int64 {
	for _, one := range all {
		if one.Id != besides {
			return one.Id
		}
	}
	return 0
}

func (c *caller) products() client.Product {
	any, price := p("*"), client.Money{Minor: 900, Currency: "USD"}
	variants := []client.NewVariant{{Price: price, Values: &[]string{"S"}, OnHand: p(int64(5))}}
	options := []client.NewOption{{Name: map[string]string{"en": "Size"}, Values: []map[string]string{{"en": "S"}, {"en": "M"}}}}
	made := want[*client.CreateProductResponse](c, 201)(c.CreateProductWithResponse(c.ctx, c.shop, nil, client.NewProduct{
		Handle: "cape", Title: map[string]string{"en": "Cape"}, State: p(client.NewProductStateActive), Options: &options, Variants: &variants}))
	id := made.JSON201.Id
	want[*client.ListProductsResponse](c, 200)(c.ListProductsWithResponse(c.ctx, c.shop, &client.ListProductsParams{Sort: p(client.ListProductsParamsSort("-updated_at")), Total: p(true)}))
	want[*client.ChangeProductResponse](c, 200)(c.ChangeProductWithResponse(c.ctx, c.shop, id, &client.ChangeProductParams{IfMatch: p(made.HTTPResponse.Header.Get("ETag"))}, client.ProductChange{Vendor: p("Alm")}))
	want[*client.ChangeProductResponse](c, 412)(c.ChangeProductWithResponse(c.ctx, c.shop, id, &client.ChangeProductParams{IfMatch: p(made.HTTPResponse.Header.Get("ETag"))}, client.ProductChange{Vendor: p("Ulm")}))
	want[*client.SetTagsResponse](c, 200)(c.SetTagsWithResponse(c.ctx, c.shop, id, &client.SetTagsParams{IfMatch: any}, client.TagsSet{Tags: []string{"new"}}))
	want[*client.SetAttributesResponse](c, 200)(c.SetAttributesWithResponse(c.ctx, c.shop, id, &client.SetAttributesParams{IfMatch: any},
		client.AttributesSet{Attributes: []client.Attribute{{Name: map[string]string{"en": "Wool"}, Value: map[string]string{"en": "100 %"}}}}))
	old := made.JSON201.Options[0]
	want[*client.SetOptionsResponse](c, 200)(c.SetOptionsWithResponse(c.ctx, c.shop, id, &client.SetOptionsParams{IfMatch: any}, client.OptionsSet{Options: []client.OptionSet{
		{Id: &old.Id, Name: old.Name, Values: []client.ValueSet{{Id: &old.Values[0].Id, Name: old.Values[0].Name}, {Id: &old.Values[1].Id, Name: old.Values[1].Name}, {Name: map[string]string{"en": "L"}}}}}}))
	want[*client.SetTranslationResponse](c, 200)(c.SetTranslationWithResponse(c.ctx, c.shop, id, "ru", &client.SetTranslationParams{IfMatch: any}, client.Translation{Title: p("Плащ")}))
	want[*client.GetTranslationResponse](c, 200)(c.GetTranslationWithResponse(c.ctx, c.shop, id, "ru"))
	want[*client.DropTranslationResponse](c, 204)(c.DropTranslationWithResponse(c.ctx, c.shop, id, "ru", &client.DropTranslationParams{IfMatch: any}))
	return *want[*client.GetProductResponse](c, 200)(c.GetProductWithResponse(c.ctx, c.shop, id)).JSON200
}

func (c *caller) variants(product client.Product) {
	any, price := p("*"), client.Money{Minor: 950, Currency: "USD"}
	made := want[*client.CreateVariantResponse](c, 201)(c.CreateVariantWithResponse(c.ctx, c.shop, product.Id, nil, client.NewVariant{Price: price, Values: &[]string{"M"}}))
	id := made.JSON201.Id
	want[*client.GetVariantResponse](c, 200)(c.GetVariantWithResponse(c.ctx, c.shop, id))
	want[*client.ChangeVariantResponse](c, 200)(c.ChangeVariantWithResponse(c.ctx, c.shop, id, &client.ChangeVariantParams{IfMatch: any}, client.VariantChange{Sku: p("CAPE-M")}))
	want[*client.AdjustStockResponse](c, 200)(c.AdjustStockWithResponse(c.ctx, c.shop, id, &client.AdjustStockParams{IdempotencyKey: p("found")}, client.Adjustment{Delta: p(int64(3)), Reason: "found"}))
	again := want[*client.AdjustStockResponse](c, 200)(c.AdjustStockWithResponse(c.ctx, c.shop, id, &client.AdjustStockParams{IdempotencyKey: p("found")}, client.Adjustment{Delta: p(int64(3)), Reason: "found"}))
	if again.JSON200.OnHand != 3 {
		c.Errorf("done twice: %d", again.JSON200.OnHand)
	}
	want[*client.AdjustStockResponse](c, 409)(c.AdjustStockWithResponse(c.ctx, c.shop, id, nil, client.Adjustment{Delta: p(int64(-30)), Reason: "lost"}))
	want[*client.ListStockMovesResponse](c, 200)(c.ListStockMovesWithResponse(c.ctx, c.shop, id, nil))
	want[*client.ArchiveVariantResponse](c, 204)(c.ArchiveVariantWithResponse(c.ctx, c.shop, id, &client.ArchiveVariantParams{IfMatch: any}))
}

func (c *caller) many(product client.Product) {
	variant := product.Variants[0].Id
	want[*client.BulkStockResponse](c, 200)(c.BulkStockWithResponse(c.ctx, c.shop, nil, client.StockBulk{Items: []client.StockJob{{Variant: variant, OnHand: p(int64(8)), Reason: "counted"}}}))
	want[*client.BulkVariantsResponse](c, 200)(c.BulkVariantsWithResponse(c.ctx, c.shop, nil, client.VariantBulk{Items: []client.VariantJob{{Id: variant, Change: client.VariantChange{Weight: p(int64(700))}}}}))
	done := want[*client.BulkProductsResponse](c, 200)(c.BulkProductsWithResponse(c.ctx, c.shop, nil, client.ProductBulk{Items: []client.ProductJob{
		{Action: client.ProductJobAction("archive"), Id: &product.Id}, {Action: client.ProductJobAction("archive"), Id: p(int64(999999))}}}))
	if done.JSON200.Done != 1 || done.JSON200.Failed != 1 || done.JSON200.Results[1].Problem.Code != "catalog.no_product" {
		c.Errorf("it came to %+v", done.JSON200)
	}
	want[*client.BulkProductsResponse](c, 422)(c.BulkProductsWithResponse(c.ctx, c.shop, nil, client.ProductBulk{Atomic: p(true), Items: []client.ProductJob{{Action: client.ProductJobAction("archive"), Id: p(int64(999999))}}}))
	want[*client.ArchiveProductResponse](c, 204)(c.ArchiveProductWithResponse(c.ctx, c.shop, product.Id, &client.ArchiveProductParams{IfMatch: p("*")}))
}

func (c *caller) searches() {
	found := want[*client.SearchProductsResponse](c, 200)(c.SearchProductsWithResponse(c.ctx, c.shop, &client.SearchProductsParams{Q: "boots"}))
	if len(found.JSON200.Items) == 0 {
		c.Error("nothing was found")
	}
	synonyms := want[*client.GetSynonymsResponse](c, 200)(c.GetSynonymsWithResponse(c.ctx, c.shop))
	want[*client.SetSynonymsResponse](c, 200)(c.SetSynonymsWithResponse(c.ctx, c.shop, &client.SetSynonymsParams{IfMatch: p(synonyms.HTTPResponse.Header.Get("ETag"))},
		client.Synonyms{Synonyms: [][]string{{"boots", "clogs"}}}))
}

func (c *caller) orders() {
	list := want[*client.ListOrdersResponse](c, 200)(c.ListOrdersWithResponse(c.ctx, c.shop, &client.ListOrdersParams{Total: p(true)}))
	if len(list.JSON200.Items) < 2 {
		c.Fatalf("%d orders", len(list.JSON200.Items))
	}
	first, second := list.JSON200.Items[0].Id, list.JSON200.Items[1].Id
	want[*client.FulfilOrderResponse](c, 200)(c.FulfilOrderWithResponse(c.ctx, c.shop, first, nil, client.Fulfilment{Tracking: p("RB1")}))
	want[*client.AdvanceOrderResponse](c, 200)(c.AdvanceOrderWithResponse(c.ctx, c.shop, first, nil, client.Advance{To: client.AdvanceTo("completed")}))
	want[*client.NoteOrderResponse](c, 200)(c.NoteOrderWithResponse(c.ctx, c.shop, second, nil, client.Remark{Text: "Rings twice."}))
	want[*client.CancelOrderResponse](c, 200)(c.CancelOrderWithResponse(c.ctx, c.shop, second, nil, client.Cancellation{Reason: p("by the buyer")}))
	order := want[*client.GetOrderResponse](c, 200)(c.GetOrderWithResponse(c.ctx, c.shop, first))
	contacts := want[*client.ListContactsResponse](c, 200)(c.ListContactsWithResponse(c.ctx, c.shop, nil))
	contact := want[*client.GetContactResponse](c, 200)(c.GetContactWithResponse(c.ctx, c.shop, contacts.JSON200.Items[0].Id))
	if order.JSON200.State != "completed" || order.JSON200.Buyer != contact.JSON200.Id {
		c.Errorf("the order is %+v of %+v", order.JSON200, contact.JSON200)
	}
	c.talks(contact)
}

// talks is a conversation with a buyer, and what is known of them until it is forgotten.
func (c *caller) talks(contact *client.GetContactResponse) {
	id, talk := contact.JSON200.Id, contact.JSON200.Conversation
	want[*client.ChangeContactResponse](c, 200)(c.ChangeContactWithResponse(c.ctx, c.shop, id,
		&client.ChangeContactParams{IfMatch: p(contact.HTTPResponse.Header.Get("ETag"))}, client.ContactChange{Note: p("Rings twice.")}))
	want[*client.TakeConversationResponse](c, 200)(c.TakeConversationWithResponse(c.ctx, c.shop, talk, nil))
	want[*client.ReplyResponse](c, 201)(c.ReplyWithResponse(c.ctx, c.shop, talk, nil, client.Reply{Text: "On its way."}))
	waiting := want[*client.ListConversationsResponse](c, 200)(c.ListConversationsWithResponse(c.ctx, c.shop, nil))
	if len(waiting.JSON200.Items) == 0 {
		c.Error("nobody waits for a person")
	}
	want[*client.HandBackConversationResponse](c, 200)(c.HandBackConversationWithResponse(c.ctx, c.shop, talk, nil))
	if now := want[*client.GetConversationResponse](c, 200)(c.GetConversationWithResponse(c.ctx, c.shop, talk)); now.JSON200.Owner != "bot" {
		c.Errorf("the %s answers", now.JSON200.Owner)
	}
	said := want[*client.ListMessagesResponse](c, 200)(c.ListMessagesWithResponse(c.ctx, c.shop, talk, &client.ListMessagesParams{Limit: p(int64(2)), Total: p(true)}))
	want[*client.ListMessagesResponse](c, 200)(c.ListMessagesWithResponse(c.ctx, c.shop, talk, &client.ListMessagesParams{Limit: p(int64(2)), Cursor: said.JSON200.Next}))
	forgotten, err := c.EraseContactWithResponse(c.ctx, c.shop, id, nil)
	if err != nil || forgotten.StatusCode() != 204 && forgotten.StatusCode() != 409 { // 409: nobody is in the terminal to be told
		c.Errorf("forgotten: %+v, %v", forgotten, err)
	}
}

func (c *caller) people() {
	made := want[*client.CreateUserResponse](c, 201)(c.CreateUserWithResponse(c.ctx, nil, client.NewUser{Login: "petra", Password: "correct horse battery", Role: "operator", Merchants: &[]int64{c.shop}}))
	want[*client.ListUsersResponse](c, 200)(c.ListUsersWithResponse(c.ctx, nil))
	user := want[*client.GetUserResponse](c, 200)(c.GetUserWithResponse(c.ctx, made.JSON201.Id))
	want[*client.ChangeUserResponse](c, 200)(c.ChangeUserWithResponse(c.ctx, user.JSON200.Id, &client.ChangeUserParams{IfMatch: p(user.HTTPResponse.Header.Get("ETag"))}, client.UserChange{Active: p(false)}))
	want[*client.ListRolesResponse](c, 200)(c.ListRolesWithResponse(c.ctx))
	trail := want[*client.ListAuditResponse](c, 200)(c.ListAuditWithResponse(c.ctx, &client.ListAuditParams{Limit: p(int64(200)), Total: p(true)}))
	if len(trail.JSON200.Items) < 20 {
		c.Errorf("the trail has %d entries", len(trail.JSON200.Items))
	}
	want[*client.CreateTokenResponse](c, 403)(c.CreateTokenWithResponse(c.ctx, nil, client.NewToken{Name: "x", Scopes: []string{"catalog:read"}}))
}

// ownThings is what only people do.
func (c *caller) ownThings() {
	want[*client.GetMeResponse](c, 200)(c.GetMeWithResponse(c.ctx))
	made := want[*client.CreateTokenResponse](c, 201)(c.CreateTokenWithResponse(c.ctx, nil, client.NewToken{Name: "stock", Scopes: []string{"catalog:read"}}))
	want[*client.ListTokensResponse](c, 200)(c.ListTokensWithResponse(c.ctx, nil))
	want[*client.GetTokenResponse](c, 200)(c.GetTokenWithResponse(c.ctx, made.JSON201.Id))
	want[*client.RevokeTokenResponse](c, 204)(c.RevokeTokenWithResponse(c.ctx, made.JSON201.Id, nil))
	users := want[*client.ListUsersResponse](c, 200)(c.ListUsersWithResponse(c.ctx, nil))
	want[*client.SetPasswordResponse](c, 204)(c.SetPasswordWithResponse(c.ctx, users.JSON200.Items[len(users.JSON200.Items)-1].Id, nil, client.Password{Password: "another horse battery"}))
	sessions := want[*client.ListSessionsResponse](c, 200)(c.ListSessionsWithResponse(c.ctx, nil))
	want[*client.EndSessionResponse](c, 204)(c.EndSessionWithResponse(c.ctx, sessions.JSON200.Items[0].Id, nil))
	want[*client.GetMeResponse](c, 401)(c.GetMeWithResponse(c.ctx))
}
