import { html } from "../../lib/html.js";

export const Pipeline = () => html`<h1>Pipeline</h1>`;
