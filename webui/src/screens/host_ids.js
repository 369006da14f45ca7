import { html } from "../lib/html.js";

export const HostIds = () => html`<h1>HostIds</h1>`;
