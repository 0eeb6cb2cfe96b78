package api

import (
	"context"
	"maps"

	"parley/catalog"
	"parley/catalog/fault"
)

// Translation is what a product says in one language.
type Translation struct {
	Title       string       `json:"title,omitempty" maxLength:"1000" example:"Trail boot"`
	Description string       `json:"description,omitempty" maxLength:"1000000"`
	Options     []Translated `json:"options,omitempty" maxItems:"3"`
	Values      []Translated `json:"values,omitempty" maxItems:"1500"`
}

// Translated is the name of an option or of a value in one language.
type Translated struct {
	ID   int64  `json:"id" minimum:"1"`
	Name string `json:"name" maxLength:"1000" example:"Size"`
}

// LanguagePath is one language of a product.
type LanguagePath struct {
	ItemPath
	Language string `path:"language" pattern:"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$" maxLength:"35" example:"ru" doc:"An IETF tag."`
}

func (a *API) translationOperations() {
	const at = "/merchants/{merchant}/products/{id}/translations/{language}"
	read(a, op{id: "get-translation", does: "GET " + at, tag: "Translations", scope: "catalog:read", summary: "Show what a product says in a language"}, a.getTranslation)
	write(a, op{id: "set-translation", does: "PUT " + at, tag: "Translations", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Set what a product says in a language", about: "If-Match is the product's. What is not there is said no more in this language."}, a.setTranslation)
	write(a, op{id: "drop-translation", does: "DELETE " + at, tag: "Translations", roles: sellers, scope: "catalog:write", matched: true,
		summary: "Drop a language of a product", about: "If-Match is the product's. Its last title can't be dropped."}, a.dropTranslation)
}

// in is what a product says in a language.
func in(p catalog.Product, language string) Translation {
	t := Translation{Title: p.Title[language], Description: p.Description[language]}
	for _, option := range p.Options {
		if name := option.Name[language]; name != "" {
			t.Options = append(t.Options, Translated{int64(option.ID), name})
		}
		for _, value := range option.Values {
			if name := value.Name[language]; name != "" {
				t.Values = append(t.Values, Translated{int64(value.ID), name})
			}
		}
	}
	return t
}

// say has a product say other things in a language. It fails with fault.Missing when it says nothing.
func (t Translation) say(p *catalog.Product, language string) error {
	names := map[int64]string{}
	for _, option := range t.Options {
		names[option.ID] = option.Name
	}
	values := map[int64]string{}
	for _, value := range t.Values {
		values[value.ID] = value.Name
	}
	p.Title, p.Description = put(p.Title, language, t.Title), put(p.Description, language, t.Description)
	for i := range p.Options {
		option := &p.Options[i]
		option.Name = put(option.Name, language, names[int64(option.ID)])
		delete(names, int64(option.ID))
		for j := range option.Values {
			value := &option.Values[j]
			value.Name = put(value.Name, language, values[int64(value.ID)])
			delete(values, int64(value.ID))
		}
	}
	switch {
	case len(names) > 0:
		return fault.New(fault.Invalid, "catalog.no_option").With("field", "options")
	case len(values) > 0:
		return fault.New(fault.Invalid, "catalog.no_option").With("field", "values")
	}
	return nil
}

// put is a wording with something else said in a language; nothing is said no more.
func put(t catalog.Text, language, words string) catalog.Text {
	both := maps.Clone(t)
	if both == nil {
		both = catalog.Text{}
	}
	both[language] = words
	if words == "" {
		delete(both, language)
	}
	return both
}

func (a *API) getTranslation(ctx context.Context, c *call, path *LanguagePath) (*shown[Translation], error) {
	p, err := a.Catalog.Find(ctx, c.shop.ID, catalog.ProductID(path.ID))
	if err != nil {
		return nil, err
	}
	t := in(p, path.Language)
	if t.Title == "" && t.Description == "" && len(t.Options)+len(t.Values) == 0 {
		return nil, fault.New(fault.Missing, "catalog.no_translation").With("language", path.Language)
	}
	return &shown[Translation]{ETag: productView(p).etag(), Body: t}, nil
}

type setTranslation struct {
	LanguagePath
	Matching
	Body Translation
}

func (a *API) setTranslation(ctx context.Context, c *call, given *setTranslation) (*shown[Translation], []deed, error) {
	answer, deeds, err := a.edited(ctx, c, given.ID, given.Matching, func(p *catalog.Product) error { return given.Body.say(p, given.Language) })
	if err != nil {
		return nil, nil, err
	}
	p, err := a.Catalog.Find(ctx, c.shop.ID, catalog.ProductID(given.ID))
	return &shown[Translation]{ETag: answer.ETag, Body: in(p, given.Language)}, deeds, err
}

type dropTranslation struct {
	LanguagePath
	Matching
}

func (a *API) dropTranslation(ctx context.Context, c *call, given *dropTranslation) (*done, []deed, error) {
	_, deeds, err := a.edited(ctx, c, given.ID, given.Matching, func(p *catalog.Product) error {
		if said := in(*p, given.Language); said.Title == "" && said.Description == "" && len(said.Options)+len(said.Values) == 0 {
			return fault.New(fault.Missing, "catalog.no_translation").With("language", given.Language)
		}
		return Translation{}.say(p, given.Language)
	})
	return &done{}, deeds, err
}
