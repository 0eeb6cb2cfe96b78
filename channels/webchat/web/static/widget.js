// The launcher for other sites:
//   <script src="https://shop.example/widget.js" data-merchant="meadow" async></script>
// Optional: data-label, data-color (a CSS colour for the button), data-side="left", data-product, data-category
// (handles that the chat opens with). One element is added to the page; its insides are a shadow tree. Browsers remember
// a buyer on another site only when this script and its chat come over https.
(() => {
	"use strict";
	const script = document.currentScript;
	if (!script?.dataset.merchant || document.querySelector("parley-chat")) return;
	const { merchant, label, color, side, product, category } = script.dataset;
	const origin = new URL(script.src).origin;
	const russian = (document.documentElement.lang || navigator.language).startsWith("ru");
	const words = russian ? { open: label || "Открыть чат", close: "Закрыть чат", title: "Чат" } : { open: label || "Open chat", close: "Close chat", title: "Chat" };

	const host = document.createElement("parley-chat");
	const shadow = host.attachShadow({ mode: "open" });
	const sheet = new CSSStyleSheet();
	sheet.replaceSync(`
		:host { all: initial; }
		* { box-sizing: border-box; }
		.launcher { position: fixed; z-index: 2147483000; inset-block-end: max(1.25rem, env(safe-area-inset-bottom)); ${side === "left" ? "left" : "right"}: 1.25rem;
			display: grid; place-items: center; width: 3.75rem; height: 3.75rem; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
			background: var(--color, #1d5c45); color: #fff; box-shadow: 0 6px 24px rgb(0 0 0 / .28); transition: transform .15s; }
		.launcher:hover { transform: scale(1.05); }
		.launcher:focus-visible { outline: 3px solid #fff; box-shadow: 0 0 0 6px var(--color, #1d5c45); }
		svg { width: 1.75rem; height: 1.75rem; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; }
		[hidden] { display: none !important; }
		.unread { position: absolute; top: -.2rem; right: -.2rem; min-width: 1.4rem; height: 1.4rem; padding: 0 .35rem; border-radius: 1rem; background: #c4161c; color: #fff; font: 700 .8rem/1.4rem system-ui, sans-serif; }
		iframe { position: fixed; z-index: 2147483000; inset-block-end: 6rem; ${side === "left" ? "left" : "right"}: 1.25rem; width: 25rem; height: min(44rem, calc(100dvh - 7.5rem));
			border: 0; border-radius: 1.25rem; background: Canvas; color-scheme: light dark; box-shadow: 0 16px 60px rgb(0 0 0 / .3); }
		@media (max-width: 30rem) { iframe { inset: 0; width: 100vw; height: 100dvh; border-radius: 0; } .launcher[aria-expanded=true] { display: none; } }
		@media (prefers-reduced-motion: reduce) { .launcher { transition: none; } }
		@media print { .launcher, iframe { display: none; } }`);
	shadow.adoptedStyleSheets = [sheet];

	const button = document.createElement("button");
	button.className = "launcher";
	button.type = "button";
	button.setAttribute("aria-label", words.open);
	button.setAttribute("aria-expanded", "false");
	button.innerHTML = '<svg class="talk" viewBox="0 0 24 24" aria-hidden="true"><path d="M20.5 11.5c0 4.1-3.8 7.5-8.5 7.5-1.1 0-2.200-.2-3.200-.5L4 20l1.300-3.700a7 7 0 0 1-1.800-4.800C3.500 7.400 7.300 4 12 4s8.500 3.400 8.500 7.500Z"/></svg><svg class="shut" viewBox="0 0 24 24" aria-hidden="true" hidden><path d="m6 9.500 6 6 6-6"/></svg><span class="unread" aria-hidden="true" hidden></span>';
	if (color && CSS.supports("color", color)) {
		button.style.setProperty("--color", color);
		button.style.color = inkOn(color);
	}
	const badge = button.querySelector(".unread");
	let frame = null;
	let open = false;

	button.addEventListener("click", () => toggle(!open));
	addEventListener("keydown", (event) => { if (event.key === "Escape" && open) toggle(false); });
	addEventListener("message", (event) => {
		if (!frame || event.origin !== origin || event.source !== frame.contentWindow) return;
		if (event.data?.parley === "close") toggle(false);
		if (event.data?.parley === "unread") count(event.data.count);
		if (event.data?.parley === "ready" && open) tell("opened");
	});

	shadow.append(button);
	(document.body ?? document.documentElement).append(host);

	function toggle(now) {
		open = now;
		if (open && !frame) shadow.insertBefore(frame = makeFrame(), button);
		frame.hidden = !open;
		button.setAttribute("aria-expanded", String(open));
		button.setAttribute("aria-label", open ? words.close : words.open);
		button.querySelector(".talk").toggleAttribute("hidden", open);
		button.querySelector(".shut").toggleAttribute("hidden", !open);
		if (open) count(0);
		tell(open ? "opened" : "closed");
		if (open) frame.focus();
		else button.focus();
	}

	function makeFrame() {
		const made = document.createElement("iframe");
		const address = new URL(`/embed/${encodeURIComponent(merchant)}`, origin);
		if (product) address.searchParams.set("p", product);
		else if (category) address.searchParams.set("c", category);
		made.src = address;
		made.title = words.title;
		made.allow = "geolocation";
		return made;
	}

	function tell(what) {
		frame.contentWindow?.postMessage({ parley: what }, origin);
	}

	function count(unread) {
		badge.hidden = !(unread > 0);
		badge.textContent = unread > 9 ? "9+" : String(unread);
		if (!open) button.setAttribute("aria-label", unread > 0 ? `${words.open} (${unread})` : words.open);
	}

	// inkOn is black or white, whichever can be read on a colour.
	function inkOn(background) {
		const brush = document.createElement("canvas").getContext("2d");
		brush.fillStyle = background;
		brush.fillRect(0, 0, 1, 1);
		const [r, g, b] = [...brush.getImageData(0, 0, 1, 1).data].map((v) => { const c = v / 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; });
		return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
	}
})();
