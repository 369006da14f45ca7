// The title: what is being written, based on what, and in which view.
import { html } from "../../lib/html.js";
import { hrefTo, setQuery } from "../../lib/route.js";
import { Segments } from "../../parts/segments.js";

const VIEWS = [
	["form", "Form"],
	["yaml", "YAML"],
];

export function Head({ edit, isReview, view }) {
	const { isNew, tenant, name, base } = edit;
	const place = hrefTo(["pipelines", tenant ?? "", name ?? ""]);
	return html`<div class="title">
		${
			isNew
				? html`<h1>New pipeline</h1>`
				: html`<h1 class="any"><a class="crumb" href=${place}>${tenant} / ${name}</a> <span class="t3">/</span> Edit</h1>`
		}
		<span class="t3">${base?.revision ? `based on revision ${base.revision}` : ""}</span>
		<div class="end">
			${!isReview && html`<${Segments} label="View" options=${VIEWS} value=${view} onChange=${(chosen) => setQuery({ view: chosen })} />`}
		</div>
	</div>`;
}
