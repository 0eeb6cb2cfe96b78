package dialogs_test

import (
	"flag"
	"path/filepath"
	"strings"
	"testing"

	"parley/migrations/db"
)

var update = flag.Bool("update", false, "write into the transcripts what is said; read it before you keep it")

// Each transcript in testdata is played against the whole shop on both engines, and after it the books,
// the stock and the queue are in order.
func TestWhatBuyersDo(t *testing.T) {
	files, err := filepath.Glob("testdata/*.chat")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no transcripts", err)
	}
	stocked(t, func(t *testing.T, copied func(testing.TB) db.Where) {
		for _, file := range files {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".chat"), func(t *testing.T) {
				t.Parallel()
				s := readScript(t, file)
				said := perform(t, copied(t), s)
				for i := range s.steps {
					if fits(s.steps[i].said, said[i]) {
						continue
					}
					if !*update {
						t.Errorf("%s:%d: %s: %s\nwas to be answered\n%s\nand was answered\n%s", file, s.steps[i].line, s.steps[i].do, s.steps[i].what, s.steps[i].said, said[i])
					}
					s.steps[i].said = said[i]
				}
				if *update {
					s.write(t, file)
				}
			})
		}
	})
}
