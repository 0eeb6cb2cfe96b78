package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// importSizes are how many variants files have that are brought in, the last one as many as --variants says.
var importSizes = []int{1_000, 10_000}

// variantsEach is how many variants a product of these files has.
const variantsEach = 4

// measureImport brings files of products into empty shops on both engines: looked at, confirmed and written, by the
// program itself in a process of its own, whose memory is that of everything together.
func measureImport(ctx context.Context, b *bench) error {
	for _, engine := range []string{"SQLite", "PostgreSQL"} {
		for _, each := range []int{variantsEach, 1} {
			for _, size := range append(importSizes, b.Variants) {
				if each == 1 && size != b.Variants {
					continue
				}
				if err := b.importOne(ctx, engine, size, each); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// importOne measures a first import, and the same file again, which changes nothing.
func (b *bench) importOne(ctx context.Context, engine string, size, each int) error {
	dir, err := os.MkdirTemp(b.dir, "import")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	database := ""
	if engine == "PostgreSQL" {
		if database, err = b.postgres.database(ctx); err != nil {
			return err
		}
		defer b.postgres.drop(context.WithoutCancel(ctx), database)
	}
	file := filepath.Join(dir, "products.csv")
	if err := writeProducts(file, size, each, 1000); err != nil {
		return err
	}
	env := append(os.Environ(), "PARLEY_DATA_DIR="+dir, "PARLEY_DATABASE_URL="+database, "PARLEY_DEMO=false",
		"PARLEY_SECRET_KEY="+strings.Repeat("benchmark", 4), "PARLEY_LOG_LEVEL=warn")
	if _, err := runParley(ctx, b.Parley, env, "shop", "add", "bench", "--name", "Bench", "--currency", "USD", "--language", "en"); err != nil {
		return err
	}
	for _, turn := range []string{"", " again", " at another price"} {
		if turn == " at another price" {
			if err := writeProducts(file, size, each, 1100); err != nil {
				return err
			}
		}
		spent, err := runParley(ctx, b.Parley, env, "import", "--merchant", "bench", "--yes", file)
		if err != nil {
			return err
		}
		b.report.add(figure{
			Name: fmt.Sprintf("import %d variants, %d a product%s, %s", size, each, turn, engine), Value: float64(size) / spent.took.Seconds(),
			Unit: "variants/s", Note: fmt.Sprintf("%.1f s, %.1f s of the processor here, at most %.0f MB", spent.took.Seconds(), spent.used.Seconds(), spent.resident),
		})
	}
	return nil
}

// spent is what a process took until its end.
type spent struct {
	took     time.Duration
	used     time.Duration // of the processor, by the program and not by PostgreSQL
	resident float64       // MB at most
}

func runParley(ctx context.Context, program string, env []string, args ...string) (spent, error) {
	command := exec.CommandContext(ctx, program, args...)
	command.Env = env
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	began := time.Now()
	if err := command.Run(); err != nil {
		return spent{}, fmt.Errorf("parley %s: %w\n%s", args[0], err, said.String())
	}
	used := spent{took: time.Since(began), used: command.ProcessState.UserTime() + command.ProcessState.SystemTime()}
	if usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		used.resident = float64(usage.Maxrss) / 1024 // kilobytes on Linux (getrusage(2))
	}
	return used, nil
}

// writeProducts writes a product CSV as Shopify exports it, with so many variants, all at one price in cents.
func writeProducts(path string, variants, each, cents int) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	_, _ = fmt.Fprintln(out, "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"+
		"Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Variant Barcode,Image Src,Image Position,Status")
	nouns := []string{"Boots", "Jacket", "Mug", "Lamp", "Blanket", "Notebook", "Tent", "Rucksack", "Kettle", "Chair", "Scarf", "Compass"}
	kinds := []string{"Wool", "Canvas", "Copper", "Oak", "Linen", "Leather", "Enamel", "Cotton", "Steel", "Clay"}
	for n := 0; n < variants; n++ {
		p, k := n/each, n%each
		noun, kind := nouns[p%len(nouns)], kinds[p/len(nouns)%len(kinds)]
		head, image := ",,,,,", ",,"
		if k == 0 {
			head = fmt.Sprintf("%s %s No. %d,<p>A %s of %s that lasts. It was made for those who go out in any weather and come back late.</p>,Maker %d,%s,\"%s, season %d\",true",
				kind, noun, p, strings.ToLower(noun), strings.ToLower(kind), p%50, noun, kind, p%4)
			image = fmt.Sprintf("https://pictures.example/%d.jpg,1,active", p)
		}
		option := fmt.Sprintf("Size,Size %d", k+1)
		if each == 1 {
			option = "Title,Default Title"
		}
		_, _ = fmt.Fprintf(out, "product-%d,%s,%s,SKU-%d-%d,%d,shopify,%d,%d.%02d,,%s\n", p, head, option, p, k, 100+p%900, n%40, cents/100, cents%100, image)
	}
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}
