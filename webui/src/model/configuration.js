// All that is done with a configuration as a document, and the library `yaml` with it. Loaded when it is needed, by import() of
// this file: whoever imported what it consists of would have the library in its own part, too.
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
