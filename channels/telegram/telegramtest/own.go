package telegramtest

import (
	"fmt"
	"strings"
)

// own is what Parley uses of the Bot API, for when the published one is not at hand: a name, then its fields, each with
// its types, "!" when it is required and its length where it has one ("b" for bytes). Names that begin with a capital
// are types.
const own = `
getMe
sendMessage
	chat_id Integer|String !
	text String ! 1-4096
	entities Array of MessageEntity
	link_preview_options LinkPreviewOptions
	disable_notification Boolean
	reply_markup InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove
sendPhoto
	chat_id Integer|String !
	photo InputFile|String !
	caption String 0-1024
	caption_entities Array of MessageEntity
	disable_notification Boolean
	reply_markup InlineKeyboardMarkup|ReplyKeyboardMarkup|ReplyKeyboardRemove
editMessageText
	chat_id Integer|String
	message_id Integer
	text String ! 1-4096
	entities Array of MessageEntity
	link_preview_options LinkPreviewOptions
	reply_markup InlineKeyboardMarkup
editMessageCaption
	chat_id Integer|String
	message_id Integer
	caption String 0-1024
	caption_entities Array of MessageEntity
	reply_markup InlineKeyboardMarkup
editMessageMedia
	chat_id Integer|String
	message_id Integer
	media InputMediaPhoto !
	reply_markup InlineKeyboardMarkup
deleteMessage
	chat_id Integer|String !
	message_id Integer !
answerCallbackQuery
	callback_query_id String !
	text String 0-200
	show_alert Boolean
sendChatAction
	chat_id Integer|String !
	action String !
setMyCommands
	commands Array of BotCommand !
	language_code String
setMyDescription
	description String 0-512
	language_code String
setWebhook
	url String !
	max_connections Integer
	allowed_updates Array of String
	drop_pending_updates Boolean
	secret_token String 1-256
deleteWebhook
	drop_pending_updates Boolean
getUpdates
	offset Integer
	limit Integer
	timeout Integer
	allowed_updates Array of String
sendInvoice
	chat_id Integer|String !
	title String ! 1-32
	description String ! 1-255
	payload String ! 1-128b
	provider_token String
	currency String !
	prices Array of LabeledPrice !
	start_parameter String
	photo_url String
	is_flexible Boolean
	disable_notification Boolean
	reply_markup InlineKeyboardMarkup
createInvoiceLink
	title String ! 1-32
	description String ! 1-255
	payload String ! 1-128b
	provider_token String
	currency String !
	prices Array of LabeledPrice !
	photo_url String
	is_flexible Boolean
answerShippingQuery
	shipping_query_id String !
	ok Boolean !
	shipping_options Array of ShippingOption
	error_message String
answerPreCheckoutQuery
	pre_checkout_query_id String !
	ok Boolean !
	error_message String
refundStarPayment
	user_id Integer !
	telegram_payment_charge_id String !
getStarTransactions
	offset Integer
	limit Integer
LabeledPrice
	label String !
	amount Integer !
ShippingOption
	id String !
	title String !
	prices Array of LabeledPrice !
MessageEntity
	type String !
	offset Integer !
	length Integer !
LinkPreviewOptions
	is_disabled Boolean
InlineKeyboardMarkup
	inline_keyboard Array of Array of InlineKeyboardButton !
InlineKeyboardButton
	text String !
	style String
	url String
	callback_data String 1-64b
	pay Boolean
ReplyKeyboardMarkup
	keyboard Array of Array of KeyboardButton !
	is_persistent Boolean
	resize_keyboard Boolean
	one_time_keyboard Boolean
	input_field_placeholder String 1-64
KeyboardButton
	text String !
	request_contact Boolean
	request_location Boolean
ReplyKeyboardRemove
	remove_keyboard Boolean !
	selective Boolean
InputMediaPhoto
	type String !
	media String !
	caption String 0-1024
	caption_entities Array of MessageEntity
BotCommand
	command String ! 1-32
	description String ! 1-256
`

// ownSchema is the table above, read.
func ownSchema() *schema {
	s := &schema{Methods: map[string]*object{}, Types: map[string]*object{}}
	var last *object
	for line := range strings.Lines(strings.TrimSpace(own)) {
		line = strings.TrimRight(line, "\n")
		if parameter, inside := strings.CutPrefix(line, "\t"); inside {
			last.Fields = append(last.Fields, ownField(parameter))
			continue
		}
		last = &object{Name: line}
		if strings.ToUpper(line[:1]) == line[:1] {
			s.Types[line] = last
		} else {
			s.Methods[strings.ToLower(line)] = last
		}
	}
	return s
}

func ownField(line string) field {
	name, rest, _ := strings.Cut(line, " ")
	f := field{Name: name}
	words := strings.Fields(rest)
	if length := words[len(words)-1]; strings.Contains(length, "-") {
		words = words[:len(words)-1]
		length, f.bytes = strings.CutSuffix(length, "b")
		if _, err := fmt.Sscanf(length, "%d-%d", &f.low, &f.high); err != nil {
			panic(line) // the table above
		}
	}
	if words[len(words)-1] == "!" {
		words, f.Required = words[:len(words)-1], true
	}
	f.Types = strings.Split(strings.Join(words, " "), "|")
	return f
}
