// Shows the OpenAPI document and lets one try it. No framework and no build: it reads the document that the page's own
// server makes, and builds what is opened when it is opened.

const base = new URL(".", location.href.replace(/\/?(#.*)?$/, "")).pathname.replace(/\/$/, "");
const methods = ["get", "post", "put", "patch", "delete"];

/** An element: attributes, then children; strings become text, never markup. */
function el(name, attributes, ...children) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes ?? {})) {
		if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
		else if (value === true) node.setAttribute(key, "");
		else if (value !== false && value != null) node.setAttribute(key, value);
	}
	node.append(...children.flat().filter((child) => child != null && child !== ""));
	return node;
}

/** The little of Markdown that descriptions use: paragraphs, **strong** and `code`. */
function prose(text) {
	return (text ?? "").split(/\n\s*\n/).filter(Boolean).map((paragraph) => el("p", null, paragraph.split(/(\*\*[^*]+\*\*|`[^`]+`)/).map((part) => {
		if (part.startsWith("**")) return el("strong", null, part.slice(2, -2));
		if (part.startsWith("`")) return el("code", null, part.slice(1, -1));
		return part;
	})));
}

let doc;

function resolve(schema) {
	while (schema?.$ref) schema = schema.$ref.slice(2).split("/").reduce((here, name) => here[name], doc);
	return schema ?? {};
}

const nameOf = (schema) => schema?.$ref?.split("/").pop();

function typeOf(schema) {
	const is = resolve(schema);
	if (is.type === "array") return `list of ${typeOf(is.items)}`;
	const name = nameOf(schema);
	const parts = [name ?? is.type ?? "anything"];
	if (is.format && is.format !== "int64") parts.push(is.format);
	if (is.enum) parts.push(is.enum.join(" | "));
	const bounds = [["minimum", "≥"], ["maximum", "≤"], ["minLength", "length ≥"], ["maxLength", "length ≤"], ["minItems", "items ≥"], ["maxItems", "items ≤"]];
	for (const [key, sign] of bounds) if (is[key] !== undefined) parts.push(`${sign} ${is[key]}`);
	if (is.default !== undefined) parts.push(`default ${JSON.stringify(is.default)}`);
	return parts.join(", ");
}

/** The fields of a schema as a list in a list. */
function fields(schema, above = []) {
	let is = resolve(schema);
	while (is.type === "array") { schema = is.items; is = resolve(schema); }
	const name = nameOf(schema);
	if (!is.properties || (name && above.includes(name)) || above.length > 5) return null;
	return el("ul", { class: "fields" }, Object.entries(is.properties).map(([key, of]) => el("li", null,
		el("code", null, key), el("span", { class: "type" }, typeOf(of)),
		is.required?.includes(key) ? el("span", { class: "must" }, "required") : null,
		of.description || resolve(of).description ? el("p", null, of.description ?? resolve(of).description) : null,
		fields(of, [...above, name ?? key]))));
}

/** An example of a schema: its own examples where it has some. */
function example(schema, depth = 0) {
	const is = resolve(schema);
	if (is.examples?.length) return is.examples[0];
	if (is.default !== undefined) return is.default;
	if (is.enum) return is.enum[0];
	switch (is.type) {
	case "object": {
		if (is.additionalProperties && typeof is.additionalProperties === "object") return { en: example(is.additionalProperties, depth + 1) };
		const made = {};
		for (const [key, of] of Object.entries(is.properties ?? {})) if (is.required?.includes(key) || depth < 2) made[key] = example(of, depth + 1);
		return made;
	}
	case "array": return depth > 5 ? [] : [example(is.items, depth + 1)];
	case "integer": case "number": return is.minimum ?? 0;
	case "boolean": return false;
	default: return is.format === "date-time" ? "2026-03-05T12:00:00Z" : "text";
	}
}

const pretty = (value) => JSON.stringify(value, null, 2);

function contentOf(part) {
	const [type, media] = Object.entries(part?.content ?? {})[0] ?? [];
	return { type, schema: media?.schema };
}

function inside(op) {
	const body = contentOf(op.requestBody);
	const parts = [...prose(op.description?.split("\n\nRoles:")[0])];
	const roles = op["x-roles"] ?? [];
	parts.push(el("ul", { class: "facts" },
		el("li", null, op.security?.length ? `Roles: ${roles.join(", ")}` : "Nobody need be signed in"),
		op["x-scope"] ? el("li", null, "Scope: ", el("code", null, op["x-scope"])) : null,
		el("li", null, el("code", null, op.operationId))));
	if (op.parameters?.length) {
		parts.push(el("h3", null, "Parameters"), el("ul", { class: "fields" }, op.parameters.map((p) => el("li", null,
			el("code", null, p.name), el("span", { class: "type" }, `${p.in}, ${typeOf(p.schema)}`),
			p.required ? el("span", { class: "must" }, "required") : null, p.description ? el("p", null, p.description) : null))));
	}
	if (body.schema) {
		parts.push(el("h3", null, `Body, ${body.type}`), fields(body.schema) ?? el("p", null, typeOf(body.schema)),
			el("details", null, el("summary", null, "Example"), el("pre", { tabindex: 0 }, pretty(example(body.schema)))));
	}
	const [answers, refusals] = [false, true].map((refused) => Object.entries(op.responses).filter(([status]) => (status >= "400") === refused));
	parts.push(el("h3", null, "Answers"), el("div", { class: "answers" }, answers.map(([status, answer]) => {
		const { type, schema } = contentOf(answer);
		const title = `${status} ${answer.description ?? ""}`;
		if (!schema) return el("p", null, title);
		return el("details", { open: true }, el("summary", null, title), fields(schema) ?? el("p", null, `${type}, ${typeOf(schema)}`),
			el("pre", { tabindex: 0 }, pretty(example(schema))));
	}), refusals.length ? el("details", null, el("summary", null, `Refusals: ${refusals.map(([status]) => status).join(", ")}`),
		fields(contentOf(refusals[0][1]).schema), el("pre", { tabindex: 0 }, pretty(example(contentOf(refusals[0][1]).schema)))) : null));
	parts.push(trial(op, body));
	return el("div", { class: "inside" }, parts);
}

let csrf = "";
const token = () => document.getElementById("token").value.trim();

/** A form that sends the call and shows what came back. */
function trial(op, body) {
	const inputs = (op.parameters ?? []).map((p) => {
		const id = `${op.operationId}.${p.name}`;
		const sample = p.in === "path" || p.name === "If-Match" ? resolve(p.schema).examples?.[0] ?? (p.name === "If-Match" ? "*" : "") : "";
		const choices = resolve(p.schema).enum;
		const input = choices && p.in === "query"
			? el("select", { id }, el("option", { value: "" }, "—"), choices.map((choice) => el("option", { value: choice }, choice)))
			: el("input", { id, value: String(sample), spellcheck: "false" });
		return { p, input, row: el("div", { class: "row" }, el("label", { for: id }, `${p.name} (${p.in})`), input) };
	});
	const area = body.schema ? el("textarea", { id: `${op.operationId}.body`, spellcheck: "false" }, pretty(example(body.schema))) : null;
	const out = el("div", { "aria-live": "polite" });
	const send = el("button", { type: "submit" }, "Send");
	const form = el("form", { class: "try" }, el("h3", null, "Try it"), inputs.map(({ row }) => row),
		area ? el("div", { class: "row" }, el("label", { for: area.id }, "Body"), area) : null, send, out);
	form.addEventListener("submit", async (event) => {
		event.preventDefault();
		send.disabled = true;
		out.replaceChildren(await tell(op, inputs, area));
		send.disabled = false;
	});
	return form;
}

async function tell(op, inputs, area) {
	let path = op.path;
	const query = new URLSearchParams(), headers = { Accept: "application/json" };
	for (const { p, input } of inputs) {
		if (p.in === "path") path = path.replace(`{${p.name}}`, encodeURIComponent(input.value));
		else if (input.value === "") continue;
		else if (p.in === "query") query.set(p.name, input.value);
		else headers[p.name] = input.value;
	}
	if (token()) headers.Authorization = `Bearer ${token()}`;
	else if (csrf) headers["X-CSRF-Token"] = csrf;
	if (area) headers["Content-Type"] = "application/json";
	const url = base + path + (query.size ? `?${query}` : "");
	const began = performance.now();
	try {
		const answer = await fetch(url, { method: op.method, headers, body: area?.value });
		const text = await answer.text();
		let shown = text;
		try { shown = pretty(JSON.parse(text)); } catch { /* not JSON: as it is */ }
		const told = ["ETag", "Location", "Retry-After", "Idempotency-Replayed"].filter((name) => answer.headers.get(name)).map((name) => `${name}: ${answer.headers.get(name)}`);
		return el("div", null, el("p", { class: "status" }, `${answer.status} ${answer.statusText}, ${Math.round(performance.now() - began)} ms`),
			el("p", null, el("code", null, `${op.method} ${url}`)), told.length ? el("pre", { tabindex: 0 }, told.join("\n")) : null, shown ? el("pre", { tabindex: 0 }, shown) : null);
	} catch (failure) {
		return el("p", { class: "status" }, `It could not be sent: ${failure.message}`);
	}
}

function operations() {
	const found = [];
	for (const [path, item] of Object.entries(doc.paths)) for (const method of methods) if (item[method]) found.push({ ...item[method], path, method: method.toUpperCase() });
	return found;
}

function show(all) {
	const groups = Map.groupBy(all, (op) => op.tags?.[0] ?? "Other");
	const list = document.getElementById("list"), main = document.getElementById("operations");
	list.replaceChildren();
	main.replaceChildren();
	for (const [tag, ops] of [...groups].sort(([a], [b]) => a.localeCompare(b))) {
		list.append(el("section", { "data-group": tag }, el("h2", null, tag), el("ul", null, ops.map((op) => el("li", { "data-op": op.operationId },
			el("a", { href: `#${op.operationId}` }, el("span", { class: `method ${op.method}` }, op.method), op.summary))))));
		main.append(el("section", { "data-group": tag }, el("h2", null, tag), ops.map((op) => {
			const details = el("details", { class: "op", id: op.operationId, "data-op": op.operationId }, el("summary", null,
				el("span", { class: `method ${op.method}` }, op.method), el("span", { class: "path" }, op.path), el("strong", null, op.summary)));
			details.addEventListener("toggle", () => { if (details.open && details.children.length === 1) details.append(inside(op)); });
			return details;
		})));
	}
}

function find(all, words) {
	const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
	const fits = new Set(all.filter((op) => {
		const text = `${op.method} ${op.path} ${op.summary} ${op.operationId} ${op.description ?? ""} ${op.tags}`.toLowerCase();
		return wanted.every((word) => text.includes(word));
	}).map((op) => op.operationId));
	for (const node of document.querySelectorAll("[data-op]")) node.hidden = !fits.has(node.dataset.op);
	for (const group of document.querySelectorAll("[data-group]")) group.hidden = !group.querySelector("[data-op]:not([hidden])");
	document.getElementById("none").hidden = fits.size > 0;
}

function open() {
	const details = document.getElementById(decodeURIComponent(location.hash.slice(1)));
	if (details?.matches("details.op")) {
		details.open = true;
		details.scrollIntoView();
	}
}

/** Says who the calls are made as. */
async function who() {
	const said = document.getElementById("who");
	const answer = await fetch(`${base}/me`, { headers: token() ? { Authorization: `Bearer ${token()}` } : {} }).catch(() => null);
	if (!answer?.ok) {
		csrf = "";
		said.textContent = token() ? "This token is not good." : "";
		return;
	}
	const me = await answer.json();
	csrf = me.csrf_token ?? "";
	said.textContent = `as ${me.user.name}, ${me.user.role}${me.token ? "" : " (signed in)"}`;
}

async function start() {
	const answer = await fetch(`${base}/openapi.json`);
	doc = await answer.json();
	document.getElementById("about").replaceChildren(...prose(doc.info.description));
	const all = operations();
	show(all);
	document.getElementById("find").addEventListener("input", (event) => find(all, event.target.value));
	document.getElementById("key").addEventListener("submit", (event) => event.preventDefault());
	document.getElementById("token").addEventListener("change", who);
	addEventListener("hashchange", open);
	open();
	await who();
	document.documentElement.dataset.ready = "";
}

start().catch((failure) => document.getElementById("operations").replaceChildren(el("p", { class: "none" }, `The document could not be read: ${failure.message}`)));
