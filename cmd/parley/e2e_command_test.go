package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var commandLine = regexp.MustCompile(`(?m)^  ([a-z]+)  +\S`)

// commands are those that --help lists.
func commands(t *testing.T, at place) (names []string) {
	t.Helper()
	got := at.run(t, "", "--help")
	_, list, ok := strings.Cut(got.out, "Commands:")
	if !ok || got.code != 0 {
		t.Fatalf("--help exits with %d:\n%s%s", got.code, got.out, got.err)
	}
	for _, found := range commandLine.FindAllStringSubmatch(list, -1) {
		names = append(names, found[1])
	}
	return names
}

func TestHelpOfEveryCommandNamesEverySetting(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	names := commands(t, at)
	for _, wanted := range []string{"serve", "chat", "import", "migrate", "verify", "version"} {
		if !slices.Contains(names, wanted) {
			t.Errorf("there is no command %s in %v", wanted, names)
		}
	}
	for _, name := range append(names, "migrate up", "migrate status") {
		got := at.run(t, "", append(strings.Fields(name), "--help")...)
		if got.code != 0 {
			t.Errorf("%s --help exits with %d: %s", name, got.code, got.err)
		}
		for _, setting := range []string{
			"PARLEY_ADDR", "PARLEY_PUBLIC_URL", "PARLEY_DATA_DIR", "PARLEY_DATABASE_URL", "PARLEY_SECRET_KEY", "PARLEY_DEMO",
			"PARLEY_TELEGRAM_TOKEN", "PARLEY_TELEGRAM_API_URL", "PARLEY_STRIPE_SECRET_KEY", "PARLEY_STRIPE_WEBHOOK_SECRET",
			"PARLEY_STRIPE_API_URL", "PARLEY_PRIVATE_NETWORKS", "PARLEY_LOG_FORMAT",
		} {
			flag := "--" + strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(setting, "PARLEY_")), "_", "-")
			if !strings.Contains(got.out, "$"+setting) || !strings.Contains(got.out, flag) {
				t.Errorf("%s --help does not name %s and %s", name, setting, flag)
			}
		}
	}
}

func TestAWrongSettingIsOneSentenceThatNamesIt(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	for _, wrong := range []string{
		"PARLEY_ADDR=nowhere", "PARLEY_PUBLIC_URL=shop.example", "PARLEY_DATABASE_URL=mysql://host/db", "PARLEY_DATABASE_CONNS=1",
		"PARLEY_DATABASE_CONNS=many", "PARLEY_SECRET_KEY=short", "PARLEY_DEMO=perhaps", "PARLEY_TELEGRAM_TOKEN=hello",
		"PARLEY_TELEGRAM_API_URL=ftp://a", "PARLEY_TELEGRAM_RATE=-1", "PARLEY_STRIPE_WEBHOOK_SECRET=whsec_1",
		"PARLEY_STRIPE_API_URL=:", "PARLEY_LOG_FORMAT=xml", "PARLEY_LOG_LEVEL=loud",
		"PARLEY_PRIVATE_NETWORKS=home", "PARLEY_PRIVATE_NETWORKS=127.0.0.0/8", "PARLEY_PRIVATE_NETWORKS=10.0.0.0/8,169.254.0.0/16",
	} {
		name, value, _ := strings.Cut(wrong, "=")
		s := at.launch(t, wrong)
		code, said := s.exit(t), strings.TrimSpace(s.err.String())
		if code != 2 || !strings.HasPrefix(said, "parley: ") || strings.Count(said, "\n") != 0 || !mentions(said, name) {
			t.Errorf("%s: exit %d:\n%s", wrong, code, said)
		}
		if strings.Contains(name, "SECRET") && len(value) > 5 && strings.Contains(said, value) {
			t.Errorf("%s: the secret is shown: %s", wrong, said)
		}
	}
}

// mentions says whether a sentence names a setting, as variable or as flag.
func mentions(said, setting string) bool {
	flag := "--" + strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(setting, "PARLEY_")), "_", "-")
	return strings.Contains(said, setting) || strings.Contains(said, flag)
}

func TestPostgreSQLNeedsASecretThatReplicasShare(t *testing.T) {
	t.Parallel()
	at := postgresPlace(t)
	at.env = at.env[:1]
	s := at.launch(t)
	if code, said := s.exit(t), strings.TrimSpace(s.err.String()); code != 2 || !strings.Contains(said, "PARLEY_SECRET_KEY") || strings.Contains(said, "\n") {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestADatabaseThatDoesNotAnswerIsAFailureInOneLine(t *testing.T) {
	t.Parallel()
	s := sqlitePlace(t).launch(t, "PARLEY_DATABASE_URL=postgres://parley:hidden-password@127.0.0.1:1/none", "PARLEY_SECRET_KEY="+testSecret)
	code, said := s.exit(t), strings.TrimSpace(s.err.String())
	if code != 1 || !strings.Contains(said, "PARLEY_DATABASE_URL") || strings.ContainsAny(said, "\n\t") || strings.Contains(said, "hidden-password") {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestATakenAddressIsAWrongSetting(t *testing.T) {
	t.Parallel()
	first := sqlitePlace(t).serve(t)
	second := sqlitePlace(t).launch(t, "PARLEY_ADDR="+strings.TrimPrefix(first.url, "http://"))
	if code, said := second.exit(t), second.err.String(); code != 2 || !strings.Contains(said, "PARLEY_ADDR") {
		t.Errorf("exit %d: %s", code, said)
	}
}

func TestMisuseIsOneLineAndExitTwo(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	for _, args := range [][]string{{"dance"}, {"--no-such-flag"}, {"import"}, {"import", "--merchant", "meadow"}, {"migrate", "down"}, {"chat", "--as"}} {
		got := at.run(t, "", args...)
		if said := strings.TrimSpace(got.err); got.code != 2 || said == "" || strings.Count(said, "\n") != 0 || got.out != "" {
			t.Errorf("%v: exit %d, stdout %q, stderr:\n%s", args, got.code, last(got.out, 200), said)
		}
	}
}

func TestAFailureIsOneLineAndExitOne(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	broken := at
	broken.env = []string{"PARLEY_DATA_DIR=/proc/nowhere"}
	for name, c := range map[string]struct {
		at   place
		args []string
	}{
		"no such file":     {at, []string{"import", "--merchant", "meadow", "nowhere.csv"}},
		"no such shop":     {at, []string{"import", "--merchant", "nobody", "-"}},
		"not a CSV":        {at, []string{"import", "--merchant", "meadow", "-"}},
		"no such chat":     {at, []string{"chat", "nobody"}},
		"no place to keep": {broken, []string{"verify"}},
	} {
		got := c.at.run(t, "this is, no \"CSV\nat all", c.args...)
		if said := strings.TrimSpace(got.err); got.code != 1 || !strings.HasPrefix(said, "parley: ") || strings.Count(said, "\n") != 0 {
			t.Errorf("%s: exit %d:\n%s\n%s", name, got.code, got.out, said)
		}
	}
}

func TestADotEnvFileIsReadAndTheEnvironmentBeatsIt(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	if err := os.WriteFile(filepath.Join(at.dir, ".env"), []byte("PARLEY_LOG_FORMAT=xml\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := at.run(t, "", "version"); got.code != 2 || !strings.Contains(got.err, "--log-format") {
		t.Errorf("the file is not read: exit %d %s", got.code, got.err)
	}
	at.env = append(at.env, "PARLEY_LOG_FORMAT=json")
	if got := at.run(t, "", "version"); got.code != 0 || !strings.HasPrefix(got.out, "parley ") {
		t.Errorf("the environment does not win: exit %d %s", got.code, got.err)
	}
}

func TestMigrateSaysWhatItDidAndHowThingsStand(t *testing.T) {
	t.Parallel()
	at := newPlace(t)
	if got := at.run(t, "", "migrate", "status"); got.code != 0 || !strings.Contains(got.out, "pending") {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if got := at.run(t, "", "migrate", "up"); got.code != 0 || !strings.Contains(got.out, "applied 0001") {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if got := at.run(t, "", "migrate"); got.code != 0 || !strings.Contains(got.out, "up to date") {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if got := at.run(t, "", "migrate", "status"); got.code != 0 || strings.Contains(got.out, "pending") {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
}

func TestTheShopOpensInATerminal(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		lines := []string{"footwear", "1", "42", "chestnut", "add to cart · $129.00", "check out", buyerName + ", " + buyerPhone, "1", "skip", "yes"}
		got := at.run(t, strings.Join(lines, "\n")+"\n", "chat", "meadow")
		if got.code != 0 || !strings.Contains(got.out, "Order 1001 is placed") || got.err != "" {
			t.Errorf("exit %d\n%s%s", got.code, last(got.out, 3000), got.err)
		}
		got = at.run(t, "my orders\n1\n", "chat", "meadow")
		if got.code != 0 || !strings.Contains(got.out, "waiting for payment") {
			t.Errorf("the order is not remembered: exit %d\n%s%s", got.code, last(got.out, 3000), got.err)
		}
		at.verify(t)
	})
}

// ourCSV is a file of our own in Shopify's form: a byte order mark, CRLF, unknown columns, breaks inside quotes.
const ourCSV = "\uFEFFHandle,Title,Body (HTML),Vendor,Tags,Published,Option1 Name,Option1 Value,Colour of the box,Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,Variant Price,Image Src\r\n" +
	"paper-boat,Paper boat,\"<p>Floats,\r\n a while.</p>\",Dock,\"toy, paper\",TRUE,Size,Small,red,BOAT-S,10,shopify,7,4.50,https://a.example/boat.png\r\n" +
	"paper-boat,,,,,,,Large,,BOAT-L,20,shopify,3,6.00,\r\n"

func TestImportIsWholeRepeatableAndCanBeTried(t *testing.T) {
	everyPlace(t, func(t *testing.T, at place) {
		files := map[string]string{"ours.csv": ourCSV}
		for _, name := range []string{"apparel.csv", "home-and-garden.csv"} {
			if text, ok := sharedFile(name); ok {
				files[name] = text
			} else {
				t.Logf("SKIPPED, NOT PROVEN WITH SHOPIFY'S FILE %s: it is not beside the repository", name)
			}
		}
		for name, text := range files {
			file := filepath.Join(at.dir, name)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				args []string
				want *regexp.Regexp
			}{
				{[]string{"--dry-run"}, regexp.MustCompile(`(?m)^would be imported: [1-9]\d* products created, 0 changed, 0 unchanged`)},
				{nil, regexp.MustCompile(`(?m)^imported: [1-9]\d* products created, 0 changed, 0 unchanged`)},
				{nil, regexp.MustCompile(`(?m)^imported: 0 products created, 0 changed, [1-9]\d* unchanged`)},
			} {
				got := at.run(t, "", append([]string{"import", "--merchant", "meadow", file}, step.args...)...)
				if got.code != 0 || !step.want.MatchString(got.out) {
					t.Fatalf("%s %v: exit %d\n%s%s", name, step.args, got.code, got.out, got.err)
				}
			}
		}
		sold := at.run(t, "paper boat\n1\nsmall\nadd to cart · $4.50\n", "chat", "meadow")
		if !strings.Contains(sold.out, "1 × $4.50") {
			t.Errorf("what was imported can't be bought:\n%s", last(sold.out, 2000))
		}
		at.verify(t)
	})
}

func TestAFileWithOneWrongRowChangesNothing(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	wrong := strings.Replace(ourCSV, "6.00", "six", 1) // on the fourth line, since the second has a break in it
	got := at.run(t, wrong, "import", "--merchant", "meadow", "-")
	if got.code != 1 || !strings.Contains(got.out, "row 4") || !strings.Contains(got.err, "nothing was imported") {
		t.Errorf("exit %d\n%s%s", got.code, got.out, got.err)
	}
	if rows := count(t, at.open(t), "select count(*) from products where handle = 'paper-boat'"); rows != 0 {
		t.Errorf("%d products of a refused file", rows)
	}
}

// sharedFile is one of Shopify's files, which are kept beside the repository and never in it.
func sharedFile(name string) (string, bool) {
	shared := os.Getenv("PARLEY_SHARED")
	if shared == "" {
		shared = filepath.Join("..", "..", "..", "shared")
	}
	text, err := os.ReadFile(filepath.Join(shared, "data", "shopify", name))
	return string(text), err == nil
}
