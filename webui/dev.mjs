// While one works on the web UI: builds it anew at each load, and passes all else on to a sluiced that runs.
//
//   node dev.mjs http://127.0.0.1:8470 [PORT]
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const here = dirname(fileURLToPath(import.meta.url));
const [target, port = "8471"] = process.argv.slice(2);
if (!target) {
	console.error("usage: node dev.mjs http://HOST:PORT [PORT]");
	process.exit(2);
}
const server = new URL(target);
const out = join(tmpdir(), `sluice-webui-${process.pid}`);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
// as sluiced sends it
const POLICY =
	"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; " +
	"form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";

async function serveFile(path, response) {
	if (path === "/") await promisify(execFile)(process.execPath, [join(here, "build.mjs"), out]);
	const file = path === "/" ? "/index.html" : path;
	const bytes = await readFile(join(out, file)).catch(() => null);
	const type = `${TYPES[extname(file)]}; charset=utf-8`;
	response.writeHead(bytes ? 200 : 404, { "Content-Type": type, "Content-Security-Policy": POLICY });
	response.end(bytes ?? "");
}

function passOn(incoming, response) {
	const headers = { ...incoming.headers, host: server.host };
	if (headers.origin) headers.origin = server.origin;
	const options = { host: server.hostname, port: server.port, method: incoming.method, path: incoming.url, headers };
	const outgoing = request(options, (answer) => {
		response.writeHead(answer.statusCode, answer.headers);
		answer.on("error", () => response.destroy());
		answer.pipe(response);
	});
	outgoing.on("error", () => response.destroy());
	response.on("close", () => outgoing.destroy());
	incoming.pipe(outgoing);
}

createServer((incoming, response) => {
	const path = incoming.url.split("?")[0];
	if (path !== "/" && !path.startsWith("/assets/")) return passOn(incoming, response);
	return serveFile(path, response).catch((error) => {
		console.error(error.message);
		response.destroy();
	});
}).listen(Number(port), "127.0.0.1", function () {
	console.log(`http://127.0.0.1:${this.address().port}/`);
});
