import { html } from "../../lib/html.js";

export const Fleet = () => html`<h1>Fleet</h1>`;
