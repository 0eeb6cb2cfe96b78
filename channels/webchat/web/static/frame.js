// Inside the widget's frame: it can be closed, and says how much is unread while it is.

const framed = window.parent !== window;
const shut = document.getElementById("shut");
let visible = true;
let unread = 0;

export function begin() {
	if (!framed || !shut) return;
	shut.hidden = false;
	shut.addEventListener("click", () => tell("close"));
	addEventListener("keydown", (event) => {
		if (event.key === "Escape" && !document.querySelector("dialog[open], :popover-open")) tell("close");
	});
	addEventListener("message", (event) => {
		if (event.source !== window.parent || typeof event.data?.parley !== "string") return;
		visible = event.data.parley === "opened";
		if (!visible) return;
		unread = 0;
		if (matchMedia("(hover: hover)").matches) document.getElementById("text").focus({ preventScroll: true }); // no keyboard over a small screen unasked
	});
	tell("ready");
}

// came counts what the shop said while the frame was closed.
export function came(count) {
	if (!framed || visible || count === 0) return;
	unread += count;
	tell("unread", unread);
}

// Whoever frames us may know this much.
const tell = (what, count = 0) => window.parent.postMessage({ parley: what, count }, "*");
