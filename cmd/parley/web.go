package main

import (
	"context"
	"time"

	"parley/catalog"
	"parley/catalog/demo"
	"parley/catalog/fault"
	"parley/catalog/images"
	"parley/channels"
	"parley/channels/telegram"
	"parley/channels/webchat"
	"parley/dialogs/flow"
	"parley/dialogs/texts"
)

func (s *server) webChat() (*webchat.Adapter, error) {
	return webchat.New(webchat.Config{
		Shops: s.webShop, History: channels.NewTranscript(s.db), Bell: s.db, Receive: s.engine.Receive,
		Key: derive(s.secret, "web chat"), PublicURL: s.settings.PublicURL, Language: s.engine.LanguageOf, Operator: s.operator, Now: time.Now, Log: s.log,
	})
}

// webShop is what the page shows of a shop.
func (s *server) webShop(ctx context.Context, slug, language string) (webchat.Shop, bool, error) {
	merchant, err := s.catalog.MerchantBySlug(ctx, slug)
	if fault.KindOf(err) == fault.Missing || err == nil && merchant.State != catalog.Active {
		return webchat.Shop{}, false, nil
	}
	if err != nil {
		return webchat.Shop{}, false, err
	}
	languages := texts.Known(merchant.Languages)
	if len(languages) == 0 {
		languages = texts.Languages()
	}
	language = texts.Match(language, languages)
	shop := webchat.Shop{Name: merchant.Name.In(language), About: merchant.About.In(language), Languages: languages}
	for _, shortcut := range []struct {
		key  string
		does flow.Tap
	}{{"home", flow.HomeTapped{}}, {"browse", flow.ShelfTapped{}}, {"to_cart", flow.CartTapped{}}, {"orders", flow.OrdersTapped{}}, {"human", flow.HumanTapped{}}} {
		shop.Shortcuts = append(shop.Shortcuts, channels.Choice{Label: texts.Say(language, "choice."+shortcut.key, nil), Token: flow.Token(shortcut.does)})
	}
	for _, tag := range languages {
		shop.Speak = append(shop.Speak, channels.Choice{Label: texts.NameOf(tag), Token: flow.Token(flow.LanguageTapped{Tag: tag})})
	}
	return shop, true, nil
}

// pictures are those of the products, and those that come with the program.
func (s *server) pictures() channels.Pictures { return allPictures{s.images} }

type allPictures struct{ *images.Service }

// Picture looks among the shops' own if the name is one of theirs, else among the drawings.
func (p allPictures) Picture(ctx context.Context, name string) (content []byte, mime string, err error) {
	if p.Lasting(name) {
		return p.Service.Picture(ctx, name)
	}
	return demo.Pictures{}.Picture(ctx, name)
}

// telegramCommands is the bot's menu. The words are those that the dialog understands anywhere.
func telegramCommands() (menus []telegram.Commands) {
	for i, tag := range texts.Languages() {
		menu := telegram.Commands{Language: tag}
		for _, name := range []string{"menu", "catalog", "cart", "orders", "help", "operator", "language"} {
			menu.List = append(menu.List, telegram.Command{Name: name, Description: texts.Say(tag, "command."+name, nil)})
		}
		if i == 0 {
			menus = append(menus, telegram.Commands{List: menu.List}) // for everybody else
		}
		menus = append(menus, menu)
	}
	return menus
}

// operator is what buyers read as the author of a person's words.
func (s *server) operator(ctx context.Context, account string) string {
	name, err := s.accounts.NameOf(ctx, account)
	if err != nil {
		return "" // a general word will do
	}
	return name
}
