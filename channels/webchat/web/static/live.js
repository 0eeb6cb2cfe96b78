// The way down: a stream of events that is opened again whenever it breaks, from the last turn seen.

import { text } from "./words.js";

const base = document.body.dataset.base;
const sign = document.getElementById("connection");
const silence = 40_000; // the server speaks every 15 s
let source = null;
let tries = 0;
let heard = Date.now();
let timer = 0;
let told;

export const open = () => source?.readyState === EventSource.OPEN;

// begin calls told.turns, told.language and told.typing, and asks told.after from where to go on.
export function begin(listener) {
	told = listener;
	connect();
	setInterval(() => { if (Date.now() - heard > silence) connect(); }, 10_000);
	addEventListener("online", connect);
	addEventListener("offline", () => state("offline"));
	document.addEventListener("visibilitychange", () => { if (!document.hidden && (!open() || Date.now() - heard > 20_000)) connect(); });
	addEventListener("pagehide", () => source?.close());
	addEventListener("pageshow", (event) => { if (event.persisted) connect(); });
}

// catchUp reads what is new without the stream.
export async function catchUp() {
	try {
		const response = await fetch(`${base}/history`);
		if (response.ok) told.turns((await response.json()).turns);
		return response.ok;
	} catch {
		return false;
	}
}

function connect() {
	clearTimeout(timer);
	source?.close();
	heard = Date.now();
	if (tries === 0) state("connecting");
	source = new EventSource(`${base}/stream?after=${told.after()}`);
	source.addEventListener("open", () => { tries = 0; heard = Date.now(); state("online"); });
	source.addEventListener("error", broken);
	on("beat", () => {});
	on("turns", (event) => told.turns(JSON.parse(event.data), event.lastEventId));
	on("language", (event) => { told.language(JSON.parse(event.data)); state(sign.dataset.state); });
	on("typing", () => told.typing());
}

function on(name, act) {
	source.addEventListener(name, (event) => { heard = Date.now(); act(event); });
}

function broken() {
	source.close(); // our own pauses grow; the browser's do not
	tries += 1;
	state(tries > 2 || !navigator.onLine ? "offline" : "connecting");
	const pause = Math.min(30, 2 ** (tries - 1)) * (0.75 + Math.random() / 2);
	timer = setTimeout(async () => { if (tries > 2) await catchUp(); connect(); }, pause * 1000);
}

function state(now) {
	sign.dataset.state = now;
	sign.textContent = text(now);
}
