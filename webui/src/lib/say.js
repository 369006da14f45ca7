// What is told to those who hear the page: results of actions, state changes of what is shown.
import { html } from "./html.js";
import { createStore, useStore } from "./store.js";

const said = createStore("");

export const say = (text) => said.set(text);

export const Said = () => html`<div class="sr" role="status" aria-live="polite">${useStore(said)}</div>`;
