package main_test

import (
	"net/http"
	"strings"
	"testing"
)

func TestAYearOfABanksLinesComesInAtOnce(t *testing.T) {
	t.Parallel()
	at := sqlitePlace(t)
	token := at.owner(t, "payments:write")
	s := at.serve(t)
	for size, want := range map[int]int{3 << 20: http.StatusCreated, 65 << 20: http.StatusRequestEntityTooLarge} {
		line := "2026-03-05,1.00,EUR,x," + strings.Repeat("n", 50<<10) + "\n"
		file := "Date,Amount,Currency,Description,Note\n" + strings.Repeat(line, size/len(line)+1)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/api/v1/merchants/1/statements?name=year.csv", strings.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Content-Type", "application/octet-stream")
		got, err := http.DefaultClient.Do(r)
		if want == http.StatusRequestEntityTooLarge && err != nil {
			continue // it was hung up on while it was still sending
		}
		if err != nil {
			t.Fatal(err)
		}
		if got.StatusCode != want {
			t.Errorf("%d bytes are answered %s, want %d", len(file), got.Status, want)
		}
		_ = got.Body.Close()
	}
	s.stop(t)
	if lines := count(t, at.open(t), "select count(*) from settlement_bank_lines"); lines != 62 {
		t.Errorf("%d lines came in", lines)
	}
}
