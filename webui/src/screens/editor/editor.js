import { html } from "../../lib/html.js";

export const Editor = () => html`<h1>Editor</h1>`;
