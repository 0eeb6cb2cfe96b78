package formats

import "strings"

// A spreadsheet takes a cell that begins with one of these for a formula, and runs it. So what begins with one
// gets an apostrophe in front when it is written, as spreadsheets themselves mark text, and loses one when it is
// read (OWASP, CSV injection).
const formulas = "=+-@\t\r"

// disarmed is a text as a cell that no spreadsheet runs.
func disarmed(text string) string {
	rest := strings.TrimLeft(text, "'")
	if armed(rest) || len(rest) < len(text) && isNumber(rest) {
		return "'" + text
	}
	return text
}

// revealed is the text that disarmed wrote. Others mark long numbers so, that they stay as they are.
func revealed(cell string) string {
	if rest, marked := strings.CutPrefix(cell, "'"); marked {
		if inner := strings.TrimLeft(rest, "'"); armed(inner) || isNumber(inner) {
			return rest
		}
	}
	return cell
}

func armed(text string) bool { return text != "" && strings.IndexByte(formulas, text[0]) >= 0 }

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }
