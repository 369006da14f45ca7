import assert from "node:assert/strict";
import { test } from "node:test";
import * as kit from "../src/model/configuration.js";

const {
	maskSecrets,
	objectOf,
	openDocument,
	removeValue,
	setValue,
	shownValue,
	textOf,
	textOfConfig,
	valueAt,
	withoutSecrets,
} = kit;
const schema = {
	properties: {
		host_id: {},
		pipeline: {
			properties: {
				transform: { properties: { type: {} } },
				write: { properties: { type: {}, s3: { properties: { secret_key: {} } } } },
			},
		},
	},
};
const TEXT = `# whose it is
host_id: acme   # and no other's
pipeline:
  write:
    type: s3
    # unheard of
    later: [1, 2]
`;
const changed = (text, change) => {
	const opened = openDocument(text);
	change(opened);
	return textOf(opened);
};

test("what is changed in the form leaves comments and what it does not know", () => {
	const text = changed(TEXT, (opened) => setValue(opened, ["host_id"], "globex", schema));
	assert.equal(text, TEXT.replace("acme   #", "globex #"));
});

test("a new value comes where the schema has it", () => {
	const text = changed(TEXT, (opened) => setValue(opened, ["pipeline", "transform", "type"], "vpclogs", schema));
	assert.match(text, /pipeline:\n {2}transform:\n {4}type: vpclogs\n {2}write:/);
});

test("what is empty counts as absent, and is filled where it stands", () => {
	const text = "pipeline:\n  write:\n";
	assert.equal(valueAt(openDocument(text), ["pipeline", "write"]), undefined);
	const filled = changed(text, (opened) => setValue(opened, ["pipeline", "write", "type"], "file", schema));
	assert.equal(filled, "pipeline:\n  write:\n    type: file\n");
	assert.equal(
		changed("", (opened) => setValue(opened, ["host_id"], "a", schema)),
		"host_id: a\n",
	);
});

test("what is taken out takes the maps along that it leaves empty", () => {
	const text = "host_id: a\npipeline:\n  write:\n    type: s3\n";
	assert.equal(
		changed(text, (opened) => removeValue(opened, ["pipeline", "write", "type"])),
		"host_id: a\n",
	);
	assert.equal(
		changed("host_id: a\n", (opened) => removeValue(opened, ["host_id"])),
		"",
	);
});

test("lists stay indented as they were", () => {
	const flat = "pipeline:\n  write:\n    later:\n    - 1\n";
	assert.equal(
		changed(`host_id: a\n${flat}`, (opened) => setValue(opened, ["host_id"], "b", schema)),
		`host_id: b\n${flat}`,
	);
});

test("values as a form shows them", () => {
	const value = (text) => valueAt(openDocument(`a: ${text}\n`), ["a"]);
	assert.equal(value("0123"), "0123");
	assert.equal(value("1e3"), "1e3");
	assert.equal(value("true"), true);
	assert.equal(value('"x y"'), "x y");
	assert.deepEqual(value("[10.0.0.0/8, 012]"), ["10.0.0.0/8", "012"]);
	assert.deepEqual(value("{set: true}"), { set: true });
	assert.deepEqual(value("{b: 1, c: }"), {
		entries: [
			["b", "1"],
			["c", ""],
		],
	});
	assert.deepEqual(value("[[1]]"), { foreign: true });
	assert.deepEqual(value("{b: {c: 1}}"), { foreign: true });
	assert.equal(value(""), undefined);
});

test("a text that looks like a number is written as a text", () => {
	const text = changed("", (opened) => setValue(opened, ["host_id"], "0123", schema));
	assert.equal(valueAt(openDocument(text), ["host_id"]), "0123");
	assert.equal(objectOf(openDocument(text)).host_id, "0123");
});

test("a configuration becomes a text, ordered by the schema, secrets on their line", () => {
	const config = { pipeline: { write: { s3: { secret_key: { set: true } }, type: "s3" } }, host_id: "a" };
	assert.equal(
		textOfConfig(config, schema),
		"host_id: a\npipeline:\n  write:\n    type: s3\n    s3:\n      secret_key: {set: true}\n",
	);
	assert.equal(textOfConfig({}, schema), "");
});

test("what is no YAML says where", () => {
	const [error] = openDocument("a: 1\nb: c: d\n").errors;
	assert.equal(error.line, 2);
	assert.doesNotMatch(error.detail, /\n|at line/);
	assert.equal(objectOf(openDocument("a: [")), null);
	assert.equal(openDocument("just words").errors.length, 1);
});

test("aliases without end are no object", () => {
	const bomb = [
		"a: &a [x, x]",
		...Array.from(
			{ length: 9 },
			(_, i) => `${"bcdefghij"[i]}: &${"bcdefghij"[i]} [${Array(9).fill(`*${"abcdefghi"[i]}`)}]`,
		),
	].join("\n");
	assert.equal(objectOf(openDocument(bomb)), null);
});

test("a draft has no secrets: neither where they belong nor elsewhere, nor in a URL", () => {
	const text = `pipeline:
  subscriber:
    url: ws://user:pass@analyzer:8082/ws
  write:
    s3:
      secret_key: very-secret
      api_key: \${env:KEY}
      password: {set: true}
unheard:
  my_token: |
    also
    secret
`;
	const { text: clean, lost } = withoutSecrets(openDocument(text), new Set(["secret_key"]));
	assert.doesNotMatch(clean, /very-secret|also|user:pass/);
	assert.match(clean, /api_key: \$\{env:KEY\}/);
	assert.match(clean, /password: \{set: true\}/);
	assert.deepEqual(lost, ["pipeline.write.s3.secret_key", "unheard.my_token"]);
	assert.equal(withoutSecrets(openDocument("a: [secret"), new Set()), null);
	const masked = maskSecrets(openDocument(text), new Set(["secret_key"]));
	assert.equal(masked, text.replace("very-secret", "•••").replace("|\n    also\n    secret\n", "•••\n"));
	assert.equal(maskSecrets(openDocument("a: [secret"), new Set()), "a: [secret");
	const names = new Set(["secret_key"]);
	const keys = ["config", "pipeline", "write", "s3", "secret_key"];
	assert.equal(shownValue("typed", keys, names), "•••");
	assert.equal(shownValue("${env:KEY}", keys, names), "${env:KEY}");
	assert.equal(shownValue({ set: true }, keys, names), '{"set":true}');
	assert.equal(shownValue("eu-de", ["config", "region"], names), "eu-de");
	assert.equal(shownValue(undefined, keys, names), "nothing");
});
