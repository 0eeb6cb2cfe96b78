// The page's own words, and times as the buyer writes them.

let texts = JSON.parse(document.body.dataset.texts);

export const text = (key) => texts[key] ?? key;
export const language = () => document.documentElement.lang;

// adopt goes over to another language: everything on the page except what was said.
export function adopt(phrases) {
	texts = phrases.texts;
	document.documentElement.lang = texts.language;
	document.title = phrases.name;
	for (const name of document.querySelectorAll(".shop h1")) name.textContent = phrases.name;
	document.getElementById("about").textContent = phrases.about;
	fill("shortcuts", phrases.shortcuts);
	fill("speak", phrases.speak);
	translate(document);
	for (const pending of document.querySelectorAll("template")) translate(pending.content);
}

function fill(id, html) {
	const list = document.getElementById(id);
	list.innerHTML = html; // rendered by our own server, which escapes
	list.parentElement.hidden = !html;
}

function translate(root) {
	for (const node of root.querySelectorAll("[data-t]")) node.textContent = text(node.dataset.t);
	for (const node of root.querySelectorAll("[data-t-label]")) node.setAttribute("aria-label", text(node.dataset.tLabel));
	for (const node of root.querySelectorAll("[data-t-placeholder]")) node.placeholder = text(node.dataset.tPlaceholder);
}

export const clock = (at) => new Intl.DateTimeFormat(language(), { hour: "numeric", minute: "2-digit" }).format(at);

// day is a key that is the same all day long where the buyer is.
export const day = (at) => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()}`;

export function dayName(at, now = new Date()) {
	const before = new Date(now);
	before.setDate(before.getDate() - 1);
	if (day(at) === day(now)) return text("today");
	if (day(at) === day(before)) return text("yesterday");
	const form = { weekday: "long", day: "numeric", month: "long" };
	if (at.getFullYear() !== now.getFullYear()) form.year = "numeric";
	return new Intl.DateTimeFormat(language(), form).format(at);
}
