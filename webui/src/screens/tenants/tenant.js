import { html } from "../../lib/html.js";

export const Tenant = () => html`<h1>Tenant</h1>`;
