// htm bound to preact: html`<p class="x">${text}</p>` makes elements. What is put in is always text, never markup.
import htm from "htm";
import { h } from "preact";

export const html = htm.bind(h);
