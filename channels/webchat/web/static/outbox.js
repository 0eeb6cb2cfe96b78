// What the buyer says, until the server has it: sent in order, tried again, marked, kept over a reload.

import { text } from "./words.js";

const base = document.body.dataset.base;
const kept = `parley${base}`;
const shelf = document.getElementById("unsent");
const notice = document.getElementById("notice");
const queue = [];
const waiting = new Map(); // bubbles by id, until the transcript has them
let sending = false;
let wakeUp = null;
let told = { accepted() {}, refused() {} };

export const newID = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(16).padStart(2, "0")).join("");

// begin takes up what an earlier page could not send.
export function begin(listener) {
	told = listener;
	for (const item of restored()) {
		queue.push(item);
		show(item, "waiting");
	}
	addEventListener("online", retry);
	pump();
}

// push sends {text | token, tapped | start | location}; label is what the buyer sees of it.
export function push(body, label, quiet = false) {
	const item = { body: { id: newID(), ...body }, label, quiet };
	queue.push(item);
	keep();
	if (!quiet) show(item, "sending");
	pump();
	return item.body.id;
}

// settle takes a bubble away once the transcript shows the same.
export function settle(id) {
	waiting.get(id)?.remove();
	waiting.delete(id);
}

export function retry() {
	wakeUp?.();
}

async function pump() {
	if (sending) return;
	sending = true;
	for (let tries = 0; queue.length > 0; ) {
		const item = queue[0];
		const answer = await post(item.body);
		if (answer.status >= 200 && answer.status < 300) {
			done(item);
			told.accepted(item);
			tries = 0;
		} else if (answer.status === 401) {
			forgotten();
			break;
		} else if (answer.status >= 400 && answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
			done(item);
			refused(item, answer.key);
			tries = 0;
		} else {
			if (item.label) show(item, "waiting");
			told.refused(item);
			await pause(answer.after ?? Math.min(30, 2 ** tries++));
		}
	}
	sending = false;
}

async function post(body) {
	try {
		const response = await fetch(`${base}/say`, {
			method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal: AbortSignal.timeout(20000),
		});
		const answer = { status: response.status, after: Number(response.headers.get("Retry-After")) || undefined };
		if (!response.ok) answer.key = (await response.json().catch(() => ({}))).error;
		return answer;
	} catch {
		return { status: 0 };
	}
}

const pause = (seconds) => new Promise((go) => {
	const timer = setTimeout(go, seconds * 1000);
	wakeUp = () => { clearTimeout(timer); go(); };
});

function done(item) {
	queue.shift();
	keep();
	if (item.body.start === undefined) sessionStorage.removeItem(`${kept}:forgotten`);
	const bubble = waiting.get(item.body.id);
	if (bubble) fate(bubble, "");
}

function refused(item, key) {
	told.refused(item);
	const bubble = show(item, "refused");
	if (!bubble) return;
	bubble.classList.add("failed");
	bubble.querySelector(".said").textContent = `${text("refused")}. ${key ? text(key) : ""}`;
}

// forgotten: the cookie is gone. A new page brings a new one; where cookies are blocked it would not help twice.
function forgotten() {
	if (!sessionStorage.getItem(`${kept}:forgotten`)) {
		sessionStorage.setItem(`${kept}:forgotten`, "1");
		location.reload();
		return;
	}
	notice.textContent = `${text("cookie")} `;
	const own = document.createElement("a");
	own.href = base.replace("/embed/", "/chat/");
	own.target = "_blank";
	own.textContent = text("openOwn");
	notice.append(own);
	notice.hidden = false;
}

function show(item, state) {
	if (!item.label) return null;
	let bubble = waiting.get(item.body.id);
	if (!bubble) {
		bubble = document.getElementById("pending").content.firstElementChild.cloneNode(true);
		bubble.querySelector(".words").textContent = item.label;
		bubble.querySelector(".again").addEventListener("click", retry);
		bubble.querySelector(".drop").addEventListener("click", () => drop(item));
		waiting.set(item.body.id, bubble);
		shelf.append(bubble);
	}
	fate(bubble, state);
	return bubble;
}

function fate(bubble, state) {
	bubble.classList.toggle("failed", state === "waiting" || state === "refused");
	bubble.querySelector(".said").textContent = state && text(state);
	bubble.querySelector(".again").hidden = state !== "waiting";
	bubble.querySelector(".drop").hidden = state !== "refused";
}

function drop(item) {
	settle(item.body.id);
	document.getElementById("text").focus();
}

// Storage may be forbidden in frames: then a reload loses what was not sent, and nothing else.
function keep() {
	try {
		sessionStorage.setItem(kept, JSON.stringify(queue.map(({ body, label, quiet }) => ({ body, label, quiet }))));
	} catch { /* forbidden */ }
}

function restored() {
	try {
		return JSON.parse(sessionStorage.getItem(kept) ?? "[]").filter((item) => item.body?.start === undefined);
	} catch {
		return [];
	}
}
