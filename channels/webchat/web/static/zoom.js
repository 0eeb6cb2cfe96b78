// A photo over the whole page.

const dialog = document.getElementById("zoom");

export function begin() {
	document.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-zoom]");
		if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
		event.preventDefault();
		const img = dialog.querySelector("img");
		img.src = link.href;
		img.alt = link.querySelector("img").alt;
		dialog.showModal();
	});
	dialog.addEventListener("click", () => dialog.close()); // a tap anywhere closes it, the button and Esc too
	dialog.addEventListener("close", () => dialog.querySelector("img").removeAttribute("src"));
}
