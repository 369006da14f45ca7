import { html } from "../../lib/html.js";

export const Tenants = () => html`<h1>Tenants</h1>`;
