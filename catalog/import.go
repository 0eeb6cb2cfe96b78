package catalog

import (
	"context"
	"io"
	"os"
	"time"

	"parley/catalog/fault"
)

// ImportID is an id of an Import.
type ImportID int64

// Import is a file of products that was brought to a shop. It is uploaded, which changes nothing; what it would
// do can be looked at; it is confirmed or cancelled; and it can be undone.
type Import struct {
	ID       ImportID
	Merchant MerchantID
	Format   string // "shopify", "yml", "woocommerce", "xlsx" or "csv"; empty: none of them
	File     string // its name, for people
	Who      string
	State    ImportState

	Created, Changed, Unchanged int // products, as the preview counted them
	Wrong                       int // errors; while there are any, the file can't be confirmed
	Variants, Images            int // in the file

	Archives int // variants for sale that would not be any more
	Reprices int // variants for sale that would cost something else
	ForSale  int // variants for sale in the shop before

	Counts  int  // variants whose stock the file tells otherwise than the shop
	Counted bool // that comes in, too: somebody said so when it was confirmed

	Done, Total int          // products of what is under way: reading (Total is 0 until it is known), applying, undoing
	Kept        int          // products that could not be taken back, because they were sold or changed meanwhile
	Why         *fault.Error // what ended an import that failed; else nil

	CreatedAt   time.Time
	ConfirmedAt time.Time // zero: not yet
}

// ImportState is how far an import is.
type ImportState string

// States of an import: reading → refused or ready; ready → applying → applied, or cancelled; applying →
// reverting → cancelled or failed; applied → undoing → undone.
const (
	ImportReading   ImportState = "reading"
	ImportRefused   ImportState = "refused"   // the file has errors
	ImportReady     ImportState = "ready"     // waits to be confirmed
	ImportApplying  ImportState = "applying"  // products come in, some at a time
	ImportApplied   ImportState = "applied"   // all of it is in the shop
	ImportReverting ImportState = "reverting" // what came in goes out again
	ImportCancelled ImportState = "cancelled"
	ImportFailed    ImportState = "failed" // Why says why; nothing of it is left but Kept products
	ImportUndoing   ImportState = "undoing"
	ImportUndone    ImportState = "undone"
)

// Working says whether there is something to do: Work does it.
func (s ImportState) Working() bool {
	return s == ImportApplying || s == ImportReverting || s == ImportUndoing
}

// Sweeping says whether an import would archive or reprice more than a third of what the shop sells.
func (i Import) Sweeping() bool { return 3*(i.Archives+i.Reprices) > i.ForSale && i.ForSale > 0 }

// ImportWhat is what an import does to a product.
type ImportWhat string

// What an import does to a product.
const (
	ImportCreates ImportWhat = "create"
	ImportChanges ImportWhat = "change"
	ImportLeaves  ImportWhat = "unchanged"
)

// Consent is what somebody knows who confirms an import.
type Consent struct {
	Sweeping bool // more than a third of the shop may go off sale or cost something else
	Stock    bool // how many pieces the file says there are comes in, too
}

// ImportItem is one product of an import.
type ImportItem struct {
	Position int // from 1, in the order of the file
	Row      int // of the file, where it begins
	Handle   string
	Title    string // in the shop's own language
	What     ImportWhat
	Changes  []Change
	Counts   []Count   // comes in only if that is asked for
	Product  ProductID // zero while it is not in the shop
}

// Change is one field of a product that an import would change, in words.
type Change struct {
	Field string `json:"field"` // "title:en", "MUG-1 price", "images"
	Was   string `json:"was"`   // at most 200 letters
	Now   string `json:"now"`
}

// Upload is a file on its way in.
type Upload struct {
	Name     string // of the file, for people
	Who      string
	File     io.Reader
	Progress func(Import) // told now and then; may be nil
}

// Formats knows the files that products come in.
type Formats interface {
	// Open looks what kind of file it is and begins to read it. What is wrong with the file is for the
	// reading to tell; an error is the disk's.
	Open(file *os.File, shop Merchant) (Reading, error)
}

// Reading is a file being read.
type Reading interface {
	Format() string // as Import has it
	// Next is the next product, or io.EOF after the last one. Other errors are the disk's.
	Next() (Listing, error)
	Products() int      // how many there are; known from the start
	Errors() []RowError // what belongs to no product; known from the start
	Close() error
}

// Sales is what the orders of buyers have to do with variants.
type Sales interface {
	// Sold names orders that have any of the variants, at most five, such as "1005".
	Sold(ctx context.Context, merchant MerchantID, variants []VariantID) ([]string, error)
	// Forget takes variants that are about to be deleted out of carts.
	Forget(ctx context.Context, merchant MerchantID, variants []VariantID) error
}
