// The chat page: puts its parts together. Without this script the page is a form that works.

import * as turns from "./turns.js";
import * as outbox from "./outbox.js";
import * as live from "./live.js";
import * as composer from "./composer.js";
import * as zoom from "./zoom.js";
import * as frame from "./frame.js";
import { adopt, text } from "./words.js";

const page = document.body.dataset;
const form = document.getElementById("say");
const typing = document.getElementById("typing");
const menu = document.getElementById("menu");
const notice = document.getElementById("notice");
let dots = 0;

turns.begin();
zoom.begin();
frame.begin();
composer.expect(lastOfTheirs());
const sendWords = composer.begin({
	said: (words) => say({ text: words }, words),
	found: (location) => say({ location }, text("location")),
});
live.begin({ after: turns.lastSeen, turns: show, language: adopt, typing: () => type(6000) });
outbox.begin({
	accepted: (item) => { if (item.body.start === undefined || page.started !== "true") setTimeout(() => waitForAnswer(item), 350); if (!live.open()) live.catchUp(); },
	refused: idle,
});
if (page.started !== "true" || page.start) start();

form.addEventListener("submit", (event) => {
	event.preventDefault();
	notice.hidden = true;
	const button = event.submitter;
	if (button?.name === "tap") tap(button);
	else if (button?.name === "start") start();
	else sendWords();
});

document.getElementById("earlier")?.addEventListener("click", earlier);

function lastOfTheirs() {
	return [...document.querySelectorAll("#turns .theirs")].at(-1);
}

function say(body, label) {
	turns.toEnd();
	outbox.push(body, label);
}

// tap sends a choice. Its button turns until the answer is there; a second tap meanwhile is the same tap.
function tap(button) {
	if (button.matches(".busy")) return;
	const [tapped, token] = [button.value.slice(0, button.value.indexOf(" ")), button.value.slice(button.value.indexOf(" ") + 1)];
	if (menu.matches(":popover-open")) menu.hidePopover();
	const label = (button.querySelector(".title") ?? button).textContent.trim();
	if (button.closest(".turn")) button.classList.add("busy");
	outbox.push(tapped === "0" ? { token } : { token, tapped }, label, true);
	setTimeout(() => button.classList.remove("busy"), 8000);
}

// start tells the shop that the page was opened, and by which link. A reload is no second start.
function start() {
	document.getElementById("welcome").hidden = true;
	outbox.push({ start: page.start }, "", true);
	type(6000);
	const here = new URL(location.href);
	for (const key of ["p", "c", "e"]) here.searchParams.delete(key);
	history.replaceState(null, "", here);
	page.start = "";
}

function show(htmls, lastEventId) {
	turns.seeing(lastEventId);
	const shown = turns.add(htmls);
	for (const node of shown) outbox.settle(node.dataset.page);
	const theirs = shown.filter((node) => node.matches(".theirs"));
	if (theirs.length > 0) {
		idle();
		composer.expect(lastOfTheirs());
		document.getElementById("welcome").hidden = true;
	}
	frame.came(theirs.length);
}

// waitForAnswer shows that the shop is at it, unless the answer is already there.
function waitForAnswer(item) {
	if (document.querySelector(`[data-page="${CSS.escape(item.body.id)}"]`) || document.querySelector(".busy") || item.quiet) return;
	type(4000);
}

function type(milliseconds) {
	typing.hidden = false;
	clearTimeout(dots);
	dots = setTimeout(() => { typing.hidden = true; }, milliseconds);
}

function idle() {
	clearTimeout(dots);
	typing.hidden = true;
	for (const button of document.querySelectorAll(".busy")) button.classList.remove("busy");
}

async function earlier(event) {
	event.preventDefault();
	const link = event.currentTarget;
	if (link.matches(".busy")) return;
	link.classList.add("busy");
	try {
		const response = await fetch(`${page.base}/history?before=${page.earlier}`);
		if (!response.ok) return;
		const past = await response.json();
		const first = turns.addEarlier(past.turns);
		page.earlier = past.earlier;
		if (!past.earlier) link.parentElement.remove();
		if (first) { first.tabIndex = -1; first.focus({ preventScroll: true }); }
	} catch {
		// the connection sign says why; the link stays
	} finally {
		link.classList.remove("busy");
	}
}
