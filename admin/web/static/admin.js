// Keeps a page of staff live: rings from the shop's inbox make it look again, and forms marked so are sent
// without leaving the page. What is replaced are the parts marked data-live; everything works without this.

const parts = () => [...document.querySelectorAll("[data-live][id]")];

/** Puts the live parts of a newer copy of the page in place of the present ones. */
function renew(copy) {
	const log = document.getElementById("log");
	const atEnd = !log || log.scrollTop > -40; // it runs upwards
	const held = document.activeElement;
	for (const part of parts()) {
		const newer = copy.getElementById(part.id);
		if (!newer || newer.innerHTML === part.innerHTML) continue;
		const inside = part.contains(held) && held !== part;
		const again = inside && (held.getAttribute("href") ?? held.closest("form")?.getAttribute("action"));
		const before = part.querySelectorAll(".bubble").length;
		part.innerHTML = newer.innerHTML;
		part.toggleAttribute("data-sending", newer.hasAttribute("data-sending"));
		for (const bubble of [...part.querySelectorAll(".bubble")].slice(before || Infinity)) bubble.classList.add("fresh");
		if (inside) [...part.querySelectorAll("a, form button")].find((n) => (n.getAttribute("href") ?? n.closest("form")?.getAttribute("action")) === again)?.focus();
	}
	const hint = copy.getElementById("reply-hint");
	if (hint) document.getElementById("reply-hint").textContent = hint.textContent;
	document.title = copy.title;
	if (log && atEnd) log.scrollTop = 0;
	wait();
}

const parsed = (html) => new DOMParser().parseFromString(html, "text/html");

let looking = false, again = false;

/** Looks at the page anew; looks that are asked for meanwhile become one more. */
async function look() {
	if (looking) { again = true; return; }
	looking = true;
	try {
		const response = await fetch(location.href, { headers: { "X-Look": "1" }, cache: "no-store" });
		if (response.redirected) location.reload(); // signed out
		else if (response.ok) renew(parsed(await response.text()));
	} catch { /* offline: the stream tells when it is over */ }
	looking = false;
	if (again) { again = false; look(); }
}

// What has not left yet will have in a moment; no ring tells of that.
let timer = 0, tries = 0;
function wait() {
	clearTimeout(timer);
	if (!document.querySelector("[data-sending]")) { tries = 0; return; }
	timer = setTimeout(look, Math.min(700 * 2 ** tries++, 15000));
}

/** Sends a form in place. The answer is the page as it is then, with what was wrong beside the field. */
async function submit(form) {
	const buttons = form.querySelectorAll("button:not(:disabled)");
	const body = new URLSearchParams(new FormData(form));
	for (const button of buttons) button.disabled = true;
	try {
		const response = await fetch(form.action, { method: "POST", body });
		const copy = parsed(await response.text());
		if (!copy.getElementById("talk-title")) { location.href = response.url; return; }
		if (response.ok && form.hasAttribute("data-clears")) form.reset(), form.querySelector("textarea").value = "";
		renew(copy);
	} catch {
		form.querySelector("[id$=-wrong]")?.replaceChildren(Object.assign(document.createElement("p"), {
			className: "wrong", role: "alert", textContent: "The connection is broken. Your text is still here; try again in a moment.",
		}));
	} finally {
		for (const button of buttons) button.disabled = false;
		if (form.hasAttribute("data-clears")) form.querySelector("textarea").focus();
	}
}

document.addEventListener("submit", (event) => {
	if (event.target.matches("form[data-live-form]")) {
		event.preventDefault();
		submit(event.target);
	}
});

// With a keyboard Enter sends and Shift+Enter breaks the line; on a phone Enter breaks the line.
document.getElementById("text")?.addEventListener("keydown", (event) => {
	if (event.key === "Enter" && !event.shiftKey && !event.isComposing && (event.ctrlKey || event.metaKey || !matchMedia("(pointer: coarse)").matches)) {
		event.preventDefault();
		event.target.form.requestSubmit();
	}
});

// A menu closes when one clicks elsewhere or presses Escape.
for (const menu of document.querySelectorAll("details.switch")) {
	document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
	menu.addEventListener("keydown", (event) => { if (event.key === "Escape") { menu.open = false; menu.querySelector("summary").focus(); } });
}

// What was done is said once: not again after a reload.
const here = new URL(location.href);
if (here.searchParams.has("done")) {
	here.searchParams.delete("done");
	history.replaceState(null, "", here);
}

// One tab of a shop holds the stream and tells the others: a browser opens six connections to a server at most,
// and pages that were left must not keep them. Where tabs cannot agree, the one that is seen listens.
const source = document.body.dataset.stream;
const others = new BroadcastChannel(`parley ${source}`);
let hangUp = () => {};

function listen() {
	const stream = new EventSource(source);
	const heard = () => { others.postMessage("look"); look(); };
	stream.addEventListener("hello", () => { document.body.dataset.live = "yes"; heard(); });
	stream.addEventListener("inbox", heard);
	return () => stream.close();
}

function join() {
	if (!source) return;
	const leaving = new AbortController();
	if (!navigator.locks) {
		hangUp = document.hidden ? () => {} : listen();
		return;
	}
	hangUp = () => leaving.abort();
	navigator.locks.request(`parley ${source}`, { signal: leaving.signal }, () => new Promise((done) => {
		const close = listen();
		hangUp = () => { close(); done(); };
	})).catch(() => {}); // left before it was its turn
}

others.addEventListener("message", look);
addEventListener("pagehide", () => hangUp());
addEventListener("pageshow", (event) => { if (event.persisted) { join(); look(); } });
document.addEventListener("visibilitychange", () => {
	if (!source) return;
	if (!navigator.locks) { hangUp(); join(); }
	if (!document.hidden) look();
});
document.querySelector(".filters [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
join();
wait();
