// The conversation on the page: turns come from the server as HTML, each with the id of its row.

import { clock, day, dayName } from "./words.js";
import * as carousel from "./carousel.js";

const scroller = document.getElementById("scroller");
const list = document.getElementById("turns");
const pill = document.getElementById("pill");
const places = new Map(); // which article stands for a row's id
const edited = new Set(); // rows that another stands in place of
let newest = Number(document.body.dataset.newest);

export const lastSeen = () => newest;
export const seeing = (id) => (newest = Math.max(newest, Number(id) || 0));

// The scroller runs upwards: 0 is its end.
const atEnd = () => scroller.scrollTop > -80;

export function toEnd() {
	scroller.scrollTop = 0;
	pill.hidden = true;
}

// begin takes over what the server has put on the page.
export function begin() {
	for (const node of list.children) {
		remember(node);
		dress(node);
	}
	for (const node of [...list.children]) nameDay(node);
	scroller.addEventListener("scroll", () => { if (atEnd()) pill.hidden = true; }, { passive: true });
	pill.addEventListener("click", () => { toEnd(); scroller.focus({ preventScroll: true }); });
	if (!location.hash.startsWith("#m")) toEnd();
}

// add shows new turns and returns the articles that came or changed.
export function add(htmls) {
	const wasAtEnd = atEnd();
	const shown = [];
	for (const html of htmls) {
		const node = build(html);
		if (places.has(node.dataset.id)) continue;
		seeing(node.dataset.id);
		if (node.dataset.edits) hideTaps(node.dataset.edits);
		const old = node.dataset.edits && places.get(node.dataset.edits);
		if (old) replace(old, node);
		else append(node);
		shown.push(node);
	}
	if (wasAtEnd) toEnd();
	else if (shown.some((node) => node.isConnected && !node.classList.contains("changed") && node.matches(".theirs"))) pill.hidden = false;
	return shown.filter((node) => node.isConnected);
}

// addEarlier shows turns before all others.
export function addEarlier(htmls) {
	const first = list.querySelector(".turn");
	list.setAttribute("aria-busy", "true"); // old words are not read out
	const fresh = htmls.map(build).filter((node) => !places.has(node.dataset.id) && !(node.matches(".mine") && edited.has(node.dataset.tapped)));
	for (const node of fresh) {
		list.insertBefore(node, firstOf(first));
		remember(node);
		dress(node);
		nameDay(node);
	}
	if (first) nameDay(first);
	setTimeout(() => list.removeAttribute("aria-busy"));
	return fresh[0];
}

// firstOf is where turns go that stand before node: above the name of its day.
function firstOf(node) {
	const above = node?.previousElementSibling;
	return above?.matches(".day") ? above : node ?? null;
}

function build(html) {
	const holder = document.createElement("template");
	holder.innerHTML = html; // rendered by our own server, which escapes
	return holder.content.firstElementChild;
}

function remember(node) {
	places.set(node.dataset.id, node);
	if (!node.dataset.edits) return;
	places.set(node.dataset.edits, node);
	edited.add(node.dataset.edits);
}

function append(node) {
	node.classList.add("fresh");
	list.append(node);
	remember(node);
	dress(node);
	nameDay(node);
}

// replace changes a turn in place. Whoever was on one of its buttons stays on that button.
function replace(old, node) {
	const focus = focusIn(old);
	node.classList.add("changed");
	const scrolled = old.querySelector(".cards")?.scrollLeft;
	old.replaceWith(node);
	for (const [id, place] of places) if (place === old) places.set(id, node);
	remember(node);
	dress(node);
	if (scrolled) node.querySelector(".cards")?.scrollTo({ left: scrolled, behavior: "instant" });
	if (focus) (findButton(node, focus) ?? scroller).focus({ preventScroll: true });
}

const buttons = (node) => [...node.querySelectorAll("button[name=tap]")];
const tokenOf = (button) => button.value.slice(button.value.indexOf(" ") + 1);

function focusIn(node) {
	const active = document.activeElement;
	if (!node.contains(active)) return null;
	return { token: active.value && tokenOf(active), label: active.textContent, index: buttons(node).indexOf(active) };
}

function findButton(node, { token, label, index }) {
	const all = buttons(node);
	return all.find((b) => tokenOf(b) === token) ?? all.find((b) => b.textContent === label) ?? all[Math.min(index, all.length - 1)];
}

function hideTaps(id) {
	for (const tap of list.querySelectorAll(`.mine[data-tapped="${CSS.escape(id)}"]`)) {
		const above = tap.previousElementSibling;
		if (above?.matches(".day") && !tap.nextElementSibling) above.remove();
		tap.remove();
	}
}

// dress adds what only the browser knows.
function dress(node) {
	for (const time of node.querySelectorAll("time")) time.textContent = clock(new Date(time.dateTime));
	for (const img of node.querySelectorAll("img")) {
		const gone = () => img.classList.add("gone");
		img.addEventListener("error", gone);
		if (img.complete && img.naturalWidth === 0) gone();
	}
	carousel.dress(node);
}

const timeOf = (node) => new Date(node.querySelector("time")?.dateTime ?? NaN);

// nameDay puts the name of a day above its first turn; a conversation of today alone needs none.
function nameDay(node) {
	if (!node.matches(".turn")) return;
	let above = node.previousElementSibling;
	if (above?.matches(".day")) {
		const name = above;
		above = name.previousElementSibling;
		name.remove();
	}
	const at = timeOf(node);
	if (Number.isNaN(at.getTime())) return;
	const before = above ? timeOf(above) : new Date();
	if (day(at) === day(before) || Number.isNaN(before.getTime())) return;
	const name = document.createElement("p");
	name.className = "day";
	name.textContent = dayName(at);
	node.before(name);
}
