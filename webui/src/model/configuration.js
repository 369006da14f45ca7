// All that is done with a configuration as a document, and the library `yaml` with it. Loaded when it is needed, by import() of
// this file alone: no other part of the page imports what it consists of.
export * from "./document.js";
export * from "./effect.js";
export * from "./envelope.js";
export * from "./mending.js";
export * from "./merge.js";
export * from "./problems.js";
export * from "./rebase.js";
export * from "./schema_form.js";
export * from "./starts.js";
export * from "./summary.js";
