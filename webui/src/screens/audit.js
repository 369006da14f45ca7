import { html } from "../lib/html.js";

export const Audit = () => html`<h1>Audit</h1>`;
