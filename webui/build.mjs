// Builds the web UI into a folder: index.html, and below assets/ what it names, each with a hash in its name.
//
//   node build.mjs FOLDER [--figures]     --figures prints how large the first load is
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { buildProgram } from "./split.mjs";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, ...options] = process.argv.slice(2);
if (!folder) {
	console.error("usage: node build.mjs FOLDER [--figures]");
	process.exit(2);
}
const out = resolve(folder);
const common = {
	target: ["chrome123", "firefox125", "safari17.5"],
	minify: true,
	legalComments: "none",
	logLevel: "warning",
};

async function buildStyle() {
	const entry = join(here, "styles/main.css");
	const { outputFiles } = await build({ ...common, entryPoints: [entry], bundle: true, write: false });
	const { text } = outputFiles[0];
	const hash = createHash("sha256").update(text).digest("hex").slice(0, 12);
	return { name: `style-${hash}.css`, text };
}

const [style, [main, ...parts]] = await Promise.all([buildStyle(), buildProgram("src/main.js", here, common)]);

// The icon stands in the page: one request less.
const icon = encodeURIComponent((await readFile(join(here, "icon.svg"), "utf8")).trim());
const names = { SCRIPT: `/assets/${main.name}`, STYLE: `/assets/${style.name}`, ICON: `data:image/svg+xml,${icon}` };
const template = await readFile(join(here, "index.html"), "utf8");
const page = template.replace(/\{(SCRIPT|STYLE|ICON)\}/g, (_, name) => names[name]);

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });
await writeFile(join(out, "index.html"), page);
for (const { name, text } of [style, main, ...parts]) await writeFile(join(out, "assets", name), text);

if (options.includes("--figures")) {
	const sizeOf = ({ text }) => gzipSync(text, { level: 9 }).length;
	for (const file of [style, main, ...parts]) {
		console.log(`${file.name} ${file.text.length} bytes, ${sizeOf(file)} gzip`);
	}
	console.log(`first load: ${sizeOf(style) + sizeOf(main)} bytes gzip of script and style`);
}
