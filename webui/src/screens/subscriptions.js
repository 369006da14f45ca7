import { html } from "../lib/html.js";

export const Subscriptions = () => html`<h1>Subscriptions</h1>`;
