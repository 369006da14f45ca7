// Splits the program into what is loaded at first (main) and what is loaded when it is needed (import()). What main has, a part
// takes from main; what two parts alone have, each has for itself. esbuild's own splitting would put all that is shared into more files of the first load.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { basename, relative } from "node:path";

/** Stands for the hash of all in the files' names, until it is known. */
const VERSION = "@@version@@";
const fileNameOf = (part) => `${part}-${VERSION}.js`;
const partOf = (path) => basename(path, ".js");

/** Each import() becomes a part: parts, a Map from name to path, gets it, and the import names its file. */
const cutParts = (parts) => ({
	name: "cut-parts",
	setup({ onResolve, resolve }) {
		onResolve({ filter: /./ }, async ({ path, kind, pluginData, resolveDir }) => {
			if (kind !== "dynamic-import" || pluginData === "resolved") return null;
			const found = await resolve(path, { kind: "import-statement", resolveDir, pluginData: "resolved" });
			const before = parts.get(partOf(found.path));
			if (before && before !== found.path) return { errors: [{ text: `two parts are called ${partOf(found.path)}` }] };
			parts.set(partOf(found.path), found.path);
			return { path: `./${fileNameOf(partOf(found.path))}`, external: true };
		});
	},
});

/** What main has, a part takes from main: used, a Set, gets those paths. exportsOf: path → names. */
const takeShared = (inMain, used, exportsOf, root) => ({
	name: "take-shared",
	setup({ onResolve, onLoad, resolve }) {
		onResolve({ filter: /^\.\/main-@@/ }, ({ path }) => ({ path, external: true }));
		onResolve({ filter: /./ }, async ({ path, kind, pluginData, importer, resolveDir }) => {
			if (kind !== "import-statement" || pluginData === "resolved" || importer === "") return null;
			const found = await resolve(path, { kind, resolveDir, importer, pluginData: "resolved" });
			return inMain.has(found.path) ? { path: found.path, namespace: "shared" } : found;
		});
		onLoad({ filter: /./, namespace: "shared" }, async ({ path }) => {
			used.add(path);
			const names = await exportsOf(path);
			const id = JSON.stringify(relative(root, path));
			const own = names.map((name) => `export const ${name} = module.${name};`).join("\n");
			return {
				contents: `import { shared } from "./${fileNameOf("main")}";\nconst module = /* @__PURE__ */ shared(${id});\n${own}`,
				resolveDir: root,
			};
		});
	},
});

/** Two parts may each have a copy of a piece that draws; of what the page knows (src/state/) there is one. owners: path → part. */
function keepStateOnce(paths, part, owners) {
	for (const path of paths.filter((one) => one.startsWith("src/state/"))) {
		if (owners.has(path))
			throw new Error(`${path} would be in ${owners.get(path)} and in ${part}: main has to import it`);
		owners.set(path, part);
	}
}

/**
 * Builds main and its parts. common: options of esbuild. → [{name, text}], the names with the hash of all of them, main first.
 * The same sources give the same files.
 */
export async function buildProgram(main, root, common) {
	const options = { ...common, absWorkingDir: root, bundle: true, format: "esm", metafile: true, write: false };
	const absolute = (inputs) => Object.keys(inputs).map((path) => `${root}/${path}`);

	const parts = new Map();
	const first = await build({ ...options, entryPoints: [main], plugins: [cutParts(parts)] });
	const inMain = new Set(absolute(first.metafile.inputs));

	const exportsOf = async (path) => {
		const { metafile } = await build({ ...options, entryPoints: [path], bundle: false });
		return Object.values(metafile.outputs)[0].exports;
	};
	const used = new Set();
	const owners = new Map();
	const built = [];
	// a part may name further parts, which go behind it
	for (const [name, path] of parts) {
		const plugins = [cutParts(parts), takeShared(inMain, used, exportsOf, root)];
		const { outputFiles, metafile } = await build({ ...options, entryPoints: [path], plugins });
		keepStateOnce(Object.keys(metafile.inputs), name, owners);
		built.push({ name: fileNameOf(name), text: outputFiles[0].text });
	}
	// found in whatever order files were read
	built.sort((a, b) => (a.name < b.name ? -1 : 1));

	const imports = [...used].sort().map((path, i) => `import * as m${i} from ${JSON.stringify(path)};`);
	const entries = [...used].sort().map((path, i) => `${JSON.stringify(relative(root, path))}: m${i}`);
	const contents = `${imports.join("\n")}
		const modules = { ${entries.join(", ")} };
		export const shared = (id) => modules[id];
		import ${JSON.stringify(`./${main}`)};`;
	const whole = await build({ ...options, stdin: { contents, resolveDir: root }, plugins: [cutParts(parts)] });
	return named([{ name: fileNameOf("main"), text: whole.outputFiles[0].text }, ...built]);
}

function named(files) {
	const hash = createHash("sha256");
	for (const { name, text } of files) hash.update(`${name}\0${text}\0`);
	const version = hash.digest("hex").slice(0, 12);
	return files.map(({ name, text }) => ({
		name: name.replaceAll(VERSION, version),
		text: text.replaceAll(VERSION, version),
	}));
}
