// The field at the bottom.

import { text } from "./words.js";

const form = document.getElementById("say");
const field = document.getElementById("text");
const locate = document.getElementById("locate");
const notice = document.getElementById("notice");
const draft = `parley${document.body.dataset.base}:draft`;

// begin calls said with each text, and found with a location.
export function begin({ said, found }) {
	field.value = read() || field.value;
	grow();
	field.addEventListener("input", () => { grow(); keep(); });
	let shift = false;
	const enter = (event) => {
		event.preventDefault();
		if (field.value.trim()) form.requestSubmit(document.getElementById("send"));
	};
	field.addEventListener("keydown", (event) => {
		shift = event.shiftKey;
		if (event.key === "Enter" && !shift && !event.isComposing) enter(event);
	});
	field.addEventListener("beforeinput", (event) => { if (event.inputType === "insertLineBreak" && !shift) enter(event); }); // keyboards on a screen may have no key
	locate.addEventListener("click", () => where(found));
	return () => {
		const words = field.value.trim();
		field.value = "";
		grow();
		keep();
		field.focus();
		if (words) said(words);
	};
}

// expect helps to enter what the shop has asked for in its last turn.
export function expect(turn) {
	const ask = turn?.dataset.asks ?? "";
	locate.querySelector("span").textContent = turn?.dataset.with ?? "";
	field.inputMode = ask === "phone" ? "tel" : "text";
	field.autocomplete = ask === "phone" ? "tel" : "off";
	locate.hidden = ask !== "location" || !("geolocation" in navigator);
}

function where(found) {
	locate.disabled = true;
	navigator.geolocation.getCurrentPosition(
		({ coords }) => { locate.disabled = false; found({ lat: coords.latitude, lon: coords.longitude }); },
		() => { locate.disabled = false; notice.textContent = text("noLocation"); notice.hidden = false; field.focus(); },
		{ enableHighAccuracy: true, timeout: 15_000 },
	);
}

// grow is for browsers without field-sizing.
function grow() {
	if (CSS.supports("field-sizing", "content")) return;
	field.style.height = "auto";
	field.style.height = `${field.scrollHeight}px`;
}

function keep() {
	try { sessionStorage.setItem(draft, field.value); } catch { /* forbidden in some frames */ }
}

function read() {
	try { return sessionStorage.getItem(draft) ?? ""; } catch { return ""; }
}
