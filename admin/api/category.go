package api

import (
	"context"
	"fmt"

	"parley/catalog"
)

// Wording is a text by language.
type Wording map[string]string

// Category is a shelf of a shop.
type Category struct {
	ID       int64   `json:"id" example:"12"`
	Parent   int64   `json:"parent" doc:"The category above; 0: none."`
	Slug     string  `json:"slug" example:"boots" doc:"In links; unique within the shop."`
	Name     Wording `json:"name" example:"{\"en\":\"Boots\",\"ru\":\"Ботинки\"}" doc:"By language."`
	Position int     `json:"position" doc:"Its place among its neighbours; of equals the older comes first."`
	Products int     `json:"products" doc:"Products for sale here and below."`
}

func categoryView(c catalog.Category) Category {
	return Category{
		ID: int64(c.ID), Parent: int64(c.Parent), Slug: c.Slug, Name: Wording(c.Name), Position: c.Position, Products: c.Products,
	}
}

// etag leaves out what changes by itself.
func (c Category) etag() string {
	c.Products = 0
	return etagOf(c)
}

func (c Category) subject() string { return fmt.Sprintf("category:%d", c.ID) }

// NewCategory is what a category is made of.
type NewCategory struct {
	Parent   int64   `json:"parent,omitempty" minimum:"0" doc:"The category above; 0: none."`
	Slug     string  `json:"slug" minLength:"1" maxLength:"80" example:"boots"`
	Name     Wording `json:"name" minProperties:"1" example:"{\"en\":\"Boots\"}"`
	Position int     `json:"position,omitempty" minimum:"-1000000" maximum:"1000000"`
}

// CategoryChange is what changes of a category; what is not there stays.
type CategoryChange struct {
	Slug     *string `json:"slug,omitempty" minLength:"1" maxLength:"80"`
	Name     Wording `json:"name,omitempty" minProperties:"1" doc:"All of its wordings."`
	Position *int    `json:"position,omitempty" minimum:"-1000000" maximum:"1000000"`
}

// CategoryMove is where a category goes.
type CategoryMove struct {
	Parent   int64 `json:"parent" minimum:"0" doc:"The category above; 0: the top."`
	Position *int  `json:"position,omitempty" minimum:"-1000000" maximum:"1000000"`
}

// ShopPath is the shop that an operation is about.
type ShopPath struct {
	Merchant int64 `path:"merchant" minimum:"1" doc:"The shop." example:"1"`
}

// ItemPath is one thing of a shop.
type ItemPath struct {
	ShopPath
	ID int64 `path:"id" minimum:"1" example:"1"`
}

func (a *API) categoryOperations() {
	const at = "/merchants/{merchant}/categories"
	read(a, op{id: "list-categories", does: "GET " + at, tag: "Categories", scope: "catalog:read", summary: "List categories",
		about: "By position. Without `parent` those of every level."}, a.listCategories)
	write(a, op{id: "create-category", does: "POST " + at, tag: "Categories", roles: sellers, scope: "catalog:write", status: 201,
		summary: "Add a category"}, a.createCategory)
	read(a, op{id: "get-category", does: "GET " + at + "/{id}", tag: "Categories", scope: "catalog:read", summary: "Show a category"}, a.getCategory)
	write(a, op{id: "change-category", does: "PATCH " + at + "/{id}", tag: "Categories", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Rename a category"}, a.changeCategory)
	write(a, op{id: "move-category", does: "POST " + at + "/{id}/move", tag: "Categories", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Move a category", about: "What is below it moves with it."}, a.moveCategory)
	write(a, op{id: "delete-category", does: "DELETE " + at + "/{id}", tag: "Categories", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Delete a category", about: "What it holds goes to `into`; without that it must hold nothing."}, a.deleteCategory)
}

type listCategories struct {
	ShopPath
	Paging
	Parent string `query:"parent" pattern:"^[0-9]{1,18}$" doc:"Only those right below this category; 0: those at the top."`
}

func (in listCategories) above() *catalog.CategoryID {
	if in.Parent == "" {
		return nil
	}
	var id catalog.CategoryID
	_, _ = fmt.Sscan(in.Parent, &id) // the pattern has seen it
	return &id
}

func (a *API) listCategories(ctx context.Context, c *call, in *listCategories) (*listed[Category], error) {
	list := c.listOf(in.Parent)
	after, err := a.after(list, in.Cursor)
	if err != nil {
		return nil, err
	}
	var position int
	_, _ = fmt.Sscan(after.Key, &position)
	found, err := a.Catalog.Categories(ctx, c.shop.ID, in.above(), catalog.CategoryPlace{Position: position, ID: catalog.CategoryID(after.ID)}, in.Limit+1)
	if err != nil {
		return nil, err
	}
	page := pageOf(a, list, in.Paging, found, categoryView, func(c catalog.Category) place { return place{fmt.Sprint(c.Position), int64(c.ID)} })
	page.Total, err = in.counted(ctx, func(ctx context.Context, most int) (int, error) {
		return a.Catalog.CountCategories(ctx, c.shop.ID, in.above(), most)
	})
	return &listed[Category]{page}, err
}

type createCategory struct {
	ShopPath
	Body NewCategory
}

func (a *API) createCategory(ctx context.Context, c *call, in *createCategory) (*made[Category], []deed, error) {
	saved, err := a.Catalog.AddCategory(ctx, catalog.Category{
		Merchant: c.shop.ID, Parent: catalog.CategoryID(in.Body.Parent), Slug: in.Body.Slug, Name: catalog.Text(in.Body.Name), Position: in.Body.Position,
	})
	if err != nil {
		return nil, nil, err
	}
	view := categoryView(saved)
	at := fmt.Sprintf("%s/merchants/%d/categories/%d", Base, c.shop.ID, view.ID)
	return &made[Category]{ETag: view.etag(), Location: at, Body: view}, []deed{{subject: view.subject(), became: view}}, nil
}

func (a *API) getCategory(ctx context.Context, c *call, in *ItemPath) (*shown[Category], error) {
	found, err := a.Catalog.Category(ctx, c.shop.ID, catalog.CategoryID(in.ID))
	if err != nil {
		return nil, err
	}
	view := categoryView(found)
	return &shown[Category]{ETag: view.etag(), Body: view}, nil
}

type changeCategory struct {
	ItemPath
	Matching
	Body CategoryChange
}

func (a *API) changeCategory(ctx context.Context, c *call, in *changeCategory) (*shown[Category], []deed, error) {
	change := catalog.CategoryChange{Slug: in.Body.Slug, Name: catalog.Text(in.Body.Name), Position: in.Body.Position}
	return a.editCategory(ctx, c, in.ID, in.Matching, change)
}

type moveCategory struct {
	ItemPath
	Matching
	Body CategoryMove
}

func (a *API) moveCategory(ctx context.Context, c *call, in *moveCategory) (*shown[Category], []deed, error) {
	parent := catalog.CategoryID(in.Body.Parent)
	return a.editCategory(ctx, c, in.ID, in.Matching, catalog.CategoryChange{Parent: &parent, Position: in.Body.Position})
}

func (a *API) editCategory(ctx context.Context, c *call, id int64, m Matching, change catalog.CategoryChange) (*shown[Category], []deed, error) {
	was, is, err := a.Catalog.EditCategory(ctx, c.shop.ID, catalog.CategoryID(id), change,
		func(now catalog.Category) error { return m.check(c, categoryView(now).etag()) })
	if err != nil {
		return nil, nil, err
	}
	before, after := categoryView(was), categoryView(is)
	return &shown[Category]{ETag: after.etag(), Body: after}, []deed{{subject: after.subject(), was: before, became: after}}, nil
}

type deleteCategory struct {
	ItemPath
	Matching
	Into string `query:"into" pattern:"^[0-9]{1,18}$" doc:"The category that takes what it holds; 0: none."`
}

func (a *API) deleteCategory(ctx context.Context, c *call, in *deleteCategory) (*done, []deed, error) {
	into := listCategories{Parent: in.Into}.above()
	was, err := a.Catalog.DeleteCategory(ctx, c.shop.ID, catalog.CategoryID(in.ID), into,
		func(now catalog.Category) error { return in.check(c, categoryView(now).etag()) })
	if err != nil {
		return nil, nil, err
	}
	view := categoryView(was)
	return &done{}, []deed{{subject: view.subject(), was: view}}, nil
}
