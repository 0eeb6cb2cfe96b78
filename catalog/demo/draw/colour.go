package main

import (
	"fmt"
	"strings"
)

// colour is red, green and blue, 0 to 255.
type colour [3]int

const ink = "#3a3c4a"

// fixed are the colours that are the same in every picture.
var fixed = map[string]string{
	"paper": "#fffcf5", "ink": ink, "metal": "#cfd6dc", "metal-dark": "#97a3ae", "wood": "#d9a774", "wood-dark": "#b07c4c",
	"leaf": "#7fb069", "leaf-dark": "#588157", "flame": "#f7b538", "tone": "#f0c4a3", "tone-dark": "#dda785",
	"dull": "#d9d6cf", "duller": "#b3b0a9", "soft": "#e4e0d8",
}

// mixed is the colour that lies between two, at 0 the first and at 1 the second.
func mixed(from, to string, share float64) string {
	a, b := parsed(from), parsed(to)
	var c colour
	for i := range c {
		c[i] = int(float64(a[i])*(1-share) + float64(b[i])*share + 0.5)
	}
	return fmt.Sprintf("#%02x%02x%02x", c[0], c[1], c[2])
}

func parsed(text string) (c colour) {
	if _, err := fmt.Sscanf(text, "#%02x%02x%02x", &c[0], &c[1], &c[2]); err != nil {
		panic("not a colour: " + text)
	}
	return c
}

// style gives the classes that shapes use their colours: each fills, and with "line-" before it strokes.
func (p picture) style() string {
	colours := map[string]string{
		"main": p.main, "dark": mixed(p.main, ink, 0.2), "deep": mixed(p.main, ink, 0.5), "light": mixed(p.main, "#ffffff", 0.4),
		"accent": p.accent, "accent-dark": mixed(p.accent, ink, 0.3),
	}
	for name, value := range fixed {
		colours[name] = value
	}
	var css strings.Builder
	for name, value := range colours {
		fmt.Fprintf(&css, ".%s{fill:%s}.line-%s{fill:none;stroke:%s;stroke-linecap:round;stroke-linejoin:round}", name, value, name, value)
	}
	css.WriteString(".shadow{fill:" + ink + ";opacity:.13}.glow{fill:#fff3c4;opacity:.6}.beam{fill:#fff3c4;opacity:.7}" +
		".glass{fill:#ffffff;opacity:.5}.shine{fill:#ffffff;opacity:.35}.lying{filter:url(#lying)}")
	return css.String()
}
