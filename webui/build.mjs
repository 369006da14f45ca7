// Builds the web UI into a folder: index.html, and below assets/ what it names, each with a hash of its content in its name.
//
//   node build.mjs FOLDER [--figures]     --figures prints how large the first load is
import { build } from "esbuild";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const [folder, ...options] = process.argv.slice(2);
if (!folder) {
	console.error("usage: node build.mjs FOLDER [--figures]");
	process.exit(2);
}
const out = resolve(folder);

await rm(out, { recursive: true, force: true });
await mkdir(join(out, "assets"), { recursive: true });

// What is loaded only when it is needed (import()) becomes a file of its own.
const { metafile } = await build({
	absWorkingDir: here,
	entryPoints: { main: "src/main.js", style: "styles/main.css" },
	bundle: true,
	splitting: true,
	format: "esm",
	target: ["chrome123", "firefox125", "safari17.5"],
	minify: true,
	legalComments: "none",
	outdir: join(out, "assets"),
	entryNames: "[name]-[hash]",
	chunkNames: "[name]-[hash]",
	metafile: true,
	logLevel: "warning",
});

const built = Object.entries(metafile.outputs).map(([path, output]) => ({ file: basename(path), output }));
const fileOf = (entry) => built.find(({ output }) => output.entryPoint === entry).file;

// The icon stands in the page: one request less.
const icon = encodeURIComponent((await readFile(join(here, "icon.svg"), "utf8")).trim());
const names = {
	SCRIPT: `/assets/${fileOf("src/main.js")}`,
	STYLE: `/assets/${fileOf("styles/main.css")}`,
	ICON: `data:image/svg+xml,${icon}`,
};
const template = await readFile(join(here, "index.html"), "utf8");
await writeFile(
	join(out, "index.html"),
	template.replace(/\{(SCRIPT|STYLE|ICON)\}/g, (_, name) => names[name]),
);

if (options.includes("--figures")) {
	let first = 0;
	for (const { file, output } of built) {
		const bytes = gzipSync(await readFile(join(out, "assets", file)), { level: 9 }).length;
		const isFirst = Object.values(names).includes(`/assets/${file}`);
		first += isFirst ? bytes : 0;
		console.log(`${file} ${output.bytes} bytes, ${bytes} gzip${isFirst ? "" : ", when needed"}`);
	}
	console.log(`first load: ${first} bytes gzip`);
}
