// Cards side by side: arrows for those with a mouse, where there is more to see.

export function dress(root) {
	for (const carousel of root.querySelectorAll(".carousel")) arrows(carousel);
}

function arrows(carousel) {
	const cards = carousel.querySelector(".cards");
	const show = () => {
		const end = cards.scrollWidth - cards.clientWidth;
		const along = Math.abs(cards.scrollLeft); // negative where writing runs to the left
		carousel.querySelector(".before").hidden = along < 8;
		carousel.querySelector(".after").hidden = along > end - 8;
	};
	for (const button of carousel.querySelectorAll(".turnpage")) {
		button.addEventListener("click", () => {
			cards.scrollBy({ left: Number(button.dataset.by) * cards.clientWidth * 0.8, behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth" });
		});
	}
	cards.addEventListener("scroll", show, { passive: true });
	new ResizeObserver(show).observe(cards);
}
