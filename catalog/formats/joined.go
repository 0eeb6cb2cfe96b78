package formats

import (
	"strconv"
	"strings"
	"unicode"
)

// Cells that hold several things separate them by a sign, which a backslash in front makes a plain letter, as
// WooCommerce does; one that is a letter itself is doubled.

// splitEscaped is the parts of a cell, their signs plain again.
func splitEscaped(cell string, separator byte) (parts []string) {
	var part strings.Builder
	for i := 0; i < len(cell); i++ {
		switch {
		case cell[i] == '\\' && i+1 < len(cell) && (cell[i+1] == separator || cell[i+1] == '\\' || cell[i+1] == 'n'):
			i++
			if cell[i] == 'n' {
				part.WriteByte('\n')
			} else {
				part.WriteByte(cell[i])
			}
		case cell[i] == separator:
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteByte(cell[i])
		}
	}
	return append(parts, part.String())
}

// escaped is a part as splitEscaped reads it.
func escaped(part string, separator byte) string {
	return strings.NewReplacer(`\`, `\\`, string(separator), `\`+string(separator), "\n", `\n`).Replace(part)
}

// unescaped is a whole cell without separators.
func unescaped(cell string) string { return splitEscaped(cell, 0)[0] }

// joined is several things in one cell.
func joined(parts []string) string {
	all := make([]string, len(parts))
	for i, part := range parts {
		all[i] = escaped(part, ',')
	}
	return strings.Join(all, ", ")
}

// unjoined is what joined wrote.
func unjoined(cell string) (parts []string) {
	for _, part := range splitEscaped(cell, ',') {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

func itoa(number int) string { return strconv.Itoa(number) }

// slugged is a text as part of a handle.
func slugged(text string) string {
	var slug strings.Builder
	for _, letter := range strings.ToLower(text) {
		switch {
		case unicode.IsLetter(letter) || unicode.IsDigit(letter):
			slug.WriteRune(letter)
		case slug.Len() > 0 && !strings.HasSuffix(slug.String(), "-"):
			slug.WriteByte('-')
		}
		if slug.Len() > 120 {
			break
		}
	}
	return strings.Trim(slug.String(), "-")
}
