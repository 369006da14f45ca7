import { render } from "preact";
import { App } from "./app.js";
import { html } from "./lib/html.js";
import { applyTheme } from "./lib/theme.js";

applyTheme();
render(html`<${App} />`, document.getElementById("app"));
