import js from "@eslint/js";
import globals from "globals";

export default [
	js.configs.recommended,
	{ files: ["src/**"], languageOptions: { globals: globals.browser } },
	{ files: ["*.mjs", "test/**"], languageOptions: { globals: globals.node } },
	{ rules: { eqeqeq: "error", "no-var": "error", "prefer-const": "error", "no-control-regex": "off" } },
];
