import { html } from "../lib/html.js";

export const NotFound = ({ what = "Not found", name = "It" }) =>
	html`<div class="card empty">
		<h1>${what}</h1>
		<p>${name} does not exist, or this token may not see it.</p>
		<p class="pad-t"><a class="btn" href="#/pipelines">All pipelines</a></p>
	</div>`;
