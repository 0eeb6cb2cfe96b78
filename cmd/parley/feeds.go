package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/gofiber/fiber/v2"

	"parley/admin/api"
	"parley/catalog"
	"parley/catalog/fault"
	"parley/catalog/formats"
)

// feedFor is how long a feed is given out before it is made anew.
const feedFor = 10 * time.Minute

// feeds are the lists of what shops sell, for those who show it elsewhere. Each is made into a file once in a
// while, however many ask meanwhile, and given out from there.
type feeds struct {
	*shop
	dir  string
	mu   sync.Mutex
	kept map[feedKey]*kept
}

type feedKey struct {
	merchant catalog.MerchantID
	feed     formats.Feed
}

// kept is a feed that is made anew once in a while.
type kept struct {
	mu   sync.Mutex // held while it is made
	path string
	at   time.Time // when it was made
	made made
}

// made is a feed as it was made last.
type made struct {
	tag     string
	changed time.Time // when it was made otherwise than before
	size    int64
}

func newFeeds(s *shop) (*feeds, error) {
	dir, err := os.MkdirTemp("", "parley-feeds-")
	if err != nil {
		return nil, fmt.Errorf("make a place for feeds: %w", err)
	}
	return &feeds{shop: s, dir: dir, kept: map[feedKey]*kept{}}, nil
}

func (f *feeds) close() { _ = os.RemoveAll(f.dir) }

// serve answers /feeds/:merchant/yml.xml and /feeds/:merchant/google.xml.
func (f *feeds) serve(feed formats.Feed) fiber.Handler {
	return func(c *fiber.Ctx) error {
		merchant, err := f.catalog.MerchantBySlug(c.UserContext(), c.Params("merchant"))
		if fault.KindOf(err) == fault.Missing || err == nil && merchant.State != catalog.Active {
			return fiber.ErrNotFound
		}
		if err != nil {
			return err
		}
		file, of, err := f.open(c.UserContext(), merchant, feed)
		if err != nil {
			return err
		}
		c.Set(fiber.HeaderContentType, "application/xml; charset=utf-8")
		c.Set(fiber.HeaderETag, of.tag)
		c.Set(fiber.HeaderLastModified, of.changed.UTC().Format(http.TimeFormat))
		c.Set(fiber.HeaderCacheControl, fmt.Sprintf("public, max-age=%d", int(feedFor.Seconds())))
		if known(c.Get(fiber.HeaderIfNoneMatch), c.Get(fiber.HeaderIfModifiedSince), of) {
			return errors.Join(file.Close(), c.SendStatus(fiber.StatusNotModified))
		}
		return c.SendStream(file, int(of.size)) // it closes the file
	}
}

// Export writes everything of a shop.
func (f *feeds) Export(ctx context.Context, to io.Writer, merchant catalog.Merchant, format string) error {
	goods, err := f.goods(ctx, merchant, catalog.Draft, catalog.Active, catalog.Archived)
	if err != nil {
		return err
	}
	return formats.Files{Site: f.url}.Write(to, formats.Format(format), goods)
}

// FeedAddress is where a feed is for everybody.
func (f *feeds) FeedAddress(merchant catalog.Merchant, feed string) string {
	return fmt.Sprintf("%s/feeds/%s/%s.xml", f.url, merchant.Slug, feed)
}

// Feed is a feed that is not too old.
func (f *feeds) Feed(ctx context.Context, merchant catalog.Merchant, feed string) (api.FeedFile, error) {
	file, of, err := f.open(ctx, merchant, formats.Feed(feed))
	return api.FeedFile{ReadCloser: file, Size: of.size, ETag: of.tag, Changed: of.changed}, err
}

// known says whether who asks has the feed already (RFC 9110, section 13.2.2: the tag counts before the time).
func known(tags, since string, of made) bool {
	if tags != "" {
		for tag := range strings.SplitSeq(tags, ",") {
			if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == of.tag {
				return true
			}
		}
		return false
	}
	at, err := http.ParseTime(since)
	return err == nil && !of.changed.Truncate(time.Second).After(at)
}

// open is a feed that is not too old, and what is known of it.
func (f *feeds) open(ctx context.Context, merchant catalog.Merchant, feed formats.Feed) (*os.File, made, error) {
	f.mu.Lock()
	key := feedKey{merchant.ID, feed}
	one, ok := f.kept[key]
	if !ok {
		one = &kept{path: filepath.Join(f.dir, fmt.Sprintf("%d-%s.xml", merchant.ID, feed))}
		f.kept[key] = one
	}
	f.mu.Unlock()
	one.mu.Lock()
	defer one.mu.Unlock()
	if time.Since(one.at) > feedFor || one.at.IsZero() {
		if err := f.make(ctx, one, merchant, feed); err != nil {
			return nil, made{}, fmt.Errorf("make the feed %s of %s: %w", feed, merchant.Slug, err)
		}
	}
	file, err := os.Open(one.path)
	return file, one.made, err
}

// make writes a feed beside the old one, which those who are reading it keep.
func (f *feeds) make(ctx context.Context, one *kept, merchant catalog.Merchant, feed formats.Feed) error {
	goods, err := f.goods(ctx, merchant, catalog.Active)
	if err != nil {
		return err
	}
	sum := sha256.New()
	began := time.Now()
	err = replace(one.path, func(to io.Writer) error {
		return formats.Files{Site: f.url}.WriteFeed(io.MultiWriter(to, sum), feed, goods)
	})
	if err != nil {
		return err
	}
	about, err := os.Stat(one.path)
	if err != nil {
		return err
	}
	if tag := `"` + hex.EncodeToString(sum.Sum(nil))[:32] + `"`; tag != one.made.tag {
		one.made.tag, one.made.changed = tag, began
	}
	one.at, one.made.size = began, about.Size()
	return nil
}
