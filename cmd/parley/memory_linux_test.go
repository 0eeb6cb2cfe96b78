package main

import "testing"

func TestOnlyWhatCannotBeWrittenOfTheProgramIsUnmapped(t *testing.T) {
	const own = "/usr/bin/parley"
	for line, want := range map[string]bool{
		"00400000-01a2b000 r-xp 00000000 08:01 131 /usr/bin/parley":    true,
		"01a2b000-02a2b000 r--p 01a2b000 08:01 131 /usr/bin/parley":    true,
		"02a2b000-02b2b000 rw-p 02a2b000 08:01 131 /usr/bin/parley":    false,
		"02a2b000-02b2b000 rw-p 00000000 00:00 0":                      false,
		"7f0000000000-7f0000001000 r--s 00000000 08:01 9 /tmp/x-shm":   false,
		"7f0000000000-7f0000001000 r-xp 00000000 08:01 9 /lib/libc.so": false,
	} {
		if _, _, ok := readOnly(line, own); ok != want {
			t.Errorf("%q: unmapped %t, want %t", line, ok, want)
		}
	}
}
