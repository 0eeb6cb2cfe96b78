package texts

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// sentences are the forms of each key in a language: "other" alone where there are no plurals.
func sentences(t *testing.T, tag string) map[string]map[string]string {
	t.Helper()
	content, err := files.ReadFile(tag + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(content, &raw); err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]string{}
	for key, value := range raw {
		all[key] = map[string]string{}
		switch value := value.(type) {
		case string:
			all[key]["other"] = value
		case map[string]any:
			for form, text := range value {
				all[key][form] = text.(string)
			}
		}
	}
	return all
}

func TestEveryLanguageHasTheSameKeys(t *testing.T) {
	english := sentences(t, "en")
	for _, tag := range tags[1:] {
		own := sentences(t, tag)
		for key := range english {
			if own[key] == nil {
				t.Errorf("%s lacks %s", tag, key)
			}
		}
		for key := range own {
			if english[key] == nil {
				t.Errorf("%s has %s, which English lacks", tag, key)
			}
		}
	}
}

// pluralForms are those of CLDR for whole numbers, and "other".
var pluralForms = map[string][]string{"en": {"one", "other"}, "ru": {"few", "many", "one", "other"}}

func TestPluralFormsAreComplete(t *testing.T) {
	english := sentences(t, "en")
	for _, tag := range tags {
		for key, forms := range sentences(t, tag) {
			if got := slices.Sorted(maps.Keys(forms)); len(english[key]) > 1 || len(forms) > 1 {
				if !slices.Equal(got, pluralForms[tag]) {
					t.Errorf("%s %s has the forms %v, not %v", tag, key, got, pluralForms[tag])
				}
			}
		}
	}
}

var placeholder = regexp.MustCompile(`{{.*?\.(\w+).*?}}`)

func placeholders(forms map[string]string) []string {
	seen := map[string]bool{}
	for _, text := range forms {
		for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
			seen[found[1]] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

func TestEveryLanguageSaysTheSameThings(t *testing.T) {
	russian := sentences(t, "ru")
	for key, forms := range sentences(t, "en") {
		if here, there := placeholders(forms), placeholders(russian[key]); !slices.Equal(here, there) {
			t.Errorf("%s: English tells %v, Russian %v", key, here, there)
		}
		for form, text := range forms { // a Russian "one" is also 21 and 101, so each form says its count
			if strings.Contains(text, ".count") && !strings.Contains(russian[key][form], ".count") {
				t.Errorf("%s: the Russian form %q hides the count", key, form)
			}
		}
	}
}

func TestEverySentenceRenders(t *testing.T) {
	for _, tag := range tags {
		for key, forms := range sentences(t, tag) {
			for _, count := range []int{0, 1, 2, 5, 11, 21, 22, 100} {
				args := map[string]any{"count": count}
				for _, name := range placeholders(forms) {
					if name != "count" {
						args[name] = "something"
					}
				}
				if said := Say(tag, key, args); said == key || strings.TrimSpace(said) == "" || strings.Contains(said, "<no value>") || strings.Contains(said, "{{") {
					t.Errorf("%s %s with %d: %q", tag, key, count, said)
				}
			}
		}
	}
}

func TestRussianCountsAsRussiansDo(t *testing.T) {
	for count, want := range map[int]string{1: "1 штука", 3: "3 штуки", 5: "5 штук", 11: "11 штук", 21: "21 штука", 112: "112 штук"} {
		if got := Say("ru", "hint.count", map[string]any{"count": count}); got != want {
			t.Errorf("%q", got)
		}
	}
}

// What a copy editor would mark.
func TestSentencesAreTidy(t *testing.T) {
	for _, tag := range tags {
		for key, forms := range sentences(t, tag) {
			for _, text := range forms {
				if text != strings.TrimSpace(text) || strings.Contains(text, "  ") || strings.Contains(text, "...") || strings.Contains(text, " - ") {
					t.Errorf("%s %s: %q", tag, key, text)
				}
				if strings.Contains(text, `"`) || tag == "ru" && strings.ContainsAny(text, "“”") || tag == "en" && strings.ContainsAny(text, "«»") {
					t.Errorf("%s %s: not this language's quotes: %q", tag, key, text)
				}
			}
		}
	}
}

func TestKeysAreInOrderInTheirFiles(t *testing.T) {
	for _, tag := range tags {
		content, err := files.ReadFile(tag + ".json")
		if err != nil {
			t.Fatal(err)
		}
		keys := regexp.MustCompile(`(?m)^\t"([^"]+)":`).FindAllStringSubmatch(string(content), -1)
		for i := 1; i < len(keys); i++ {
			if keys[i-1][1] >= keys[i][1] {
				t.Errorf("%s: %s stands before %s", tag, keys[i-1][1], keys[i][1])
			}
		}
	}
}

// ---- keys that the program says ----

// program calls found with each file of the repository that is no test and no fake.
func program(t *testing.T, found func(path string, file *ast.File)) {
	t.Helper()
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && path != root && (strings.HasPrefix(entry.Name(), ".") || strings.HasSuffix(entry.Name(), "test") || entry.Name() == "testdata") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, content, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		found(path, file)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func literal(e ast.Expr) (string, bool) {
	basic, is := e.(*ast.BasicLit)
	if !is || basic.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(basic.Value)
	return text, err == nil
}

// calls tells of each call of a function by its last name.
func calls(file *ast.File, told func(receiver, name string, args []ast.Expr)) {
	ast.Inspect(file, func(n ast.Node) bool {
		call, is := n.(*ast.CallExpr)
		if !is {
			return true
		}
		switch f := call.Fun.(type) {
		case *ast.Ident:
			told("", f.Name, call.Args)
		case *ast.SelectorExpr:
			if on, is := f.X.(*ast.Ident); is {
				told(on.Name, f.Sel.Name, call.Args)
			} else {
				told("?", f.Sel.Name, call.Args)
			}
		}
		return true
	})
}

// Refusals are made by fault.New or by a small function that passes the key on; either way the key is a
// literal with its area in front.
func TestEveryRefusalIsASentence(t *testing.T) {
	known, seen := sentences(t, "en"), 0
	refused := regexp.MustCompile(`^[a-z]+\.[a-z_]+$`)
	program(t, func(path string, file *ast.File) {
		calls(file, func(receiver, name string, args []ast.Expr) {
			if receiver == "fault" && name == "New" && len(args) == 2 {
				if key, is := literal(args[1]); is {
					if seen++; known[key] == nil {
						t.Errorf("%s refuses with %q, which nobody can read", path, key)
					}
				}
			}
			for _, makers := range []string{"invalid", "bad", "tooLong", "tidyText", "conflict", "missing"} {
				if name != makers {
					continue
				}
				for _, arg := range args {
					if key, is := literal(arg); is && refused.MatchString(key) && known[key] == nil {
						t.Errorf("%s refuses with %q, which nobody can read", path, key)
					}
				}
			}
		})
	})
	if seen < 50 {
		t.Errorf("only %d refusals were found: this test looks in the wrong place", seen)
	}
}

// The machine's own words: Say{Key: …}, Choice{Key: …, Hint: …}, and what view.go says itself.
func TestEverythingThatTheMachineSaysIsASentence(t *testing.T) {
	known, seen := sentences(t, "en"), 0
	drawn := map[string]bool{"say.product": true, "say.line": true} // view.go puts these together without a sentence
	need := func(path, key string) {
		if seen++; known[key] == nil && !drawn[key] {
			t.Errorf("%s says %s, which nobody has written", path, key)
		}
	}
	areas := map[string]map[string]string{"Say": {"Key": "say."}, "Choice": {"Key": "choice.", "Hint": "hint."}, "": {"Key": "choice.", "Hint": "hint."}}
	program(t, func(path string, file *ast.File) {
		dir := filepath.Base(filepath.Dir(path))
		if dir != "flow" && dir != "dialogs" {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			made, is := n.(*ast.CompositeLit)
			if !is {
				return true
			}
			for _, part := range made.Elts {
				pair, is := part.(*ast.KeyValueExpr)
				if !is {
					continue
				}
				field, named := pair.Key.(*ast.Ident)
				key, said := literal(pair.Value)
				if area := areas[typeName(made.Type)][nameOf(field, named)]; said && area != "" {
					need(path, area+key)
				}
			}
			return true
		})
		calls(file, func(_, name string, args []ast.Expr) {
			switch {
			case name == "tr" && len(args) == 2:
				if key, is := literal(args[0]); is {
					need(path, key)
				}
			case name == "again" && len(args) == 3:
				if key, is := literal(args[1]); is {
					need(path, "say."+key)
				}
			}
		})
	})
	// What is put together from parts.
	for _, key := range []string{
		"say.cart_added", "say.value_sold_out", "say.agreed_cod", "say.agreed_transfer", "choice.pay_sandbox", "choice.pay_cod", "choice.pay_transfer",
		"choice.pay_stripe", "say.payment_failed", "say.payment_expired", "say.order_shipped", "say.order_completed", "say.order_cancelled",
		"say.order_expired", "say.order_refunded", "say.order_refund_failed", "state.pending", "state.agreed", "state.paid", "state.shipped", "state.completed", "state.cancelled",
		"total.goods", "total.discount", "total.shipping", "total.total", "summary.contact", "summary.delivery", "summary.comment",
		"hint.one_less", "hint.remove_line", "choice.delivery_priced", "choice.delivery_free", "choice.sold_out_value", "say.thanks", "say.thanks_here",
	} {
		need("the machine", key)
	}
	if seen < 100 {
		t.Errorf("only %d sentences were found: this test looks in the wrong place", seen)
	}
}

func nameOf(field *ast.Ident, named bool) string {
	if !named {
		return ""
	}
	return field.Name
}

func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	case nil:
		return ""
	}
	return "?"
}

// ---- languages ----

func TestLanguagesAreMatchedAsBuyersWriteThem(t *testing.T) {
	for wanted, want := range map[string]string{"ru": "ru", "ru-RU": "ru", "ru_RU.UTF-8": "ru", "RU": "ru", "en-GB": "en", "de": "en", "": "en", "C": "en"} {
		if got := Match(wanted, []string{"en", "ru"}); got != want {
			t.Errorf("%q gets %q", wanted, got)
		}
	}
}
