// Records of the live tap: what kind they are of, on one line, and their JSON as it was sent.

const PROTOCOLS = { 1: "ICMP", 6: "TCP", 17: "UDP", 58: "ICMPv6", 132: "SCTP" };
const known = (value) => (value === undefined || value === null || value === "" ? "" : String(value));

function ofVpc(record) {
	const protocol = known(record.transport_protocol);
	return {
		from: [record.initiator_ip, record.initiator_port],
		to: [record.target_ip, record.target_port],
		what: [PROTOCOLS[protocol] ?? protocol, record.action],
	};
}

// a flow as it was received, or Security Advisor's record of one
function ofFlow(record) {
	const ends = record.Network ?? record.Link ?? {};
	return {
		from: [ends.A, record.Transport?.A],
		to: [ends.B, record.Transport?.B],
		what: [known(record.LayersPath).replace(/^Ethernet\/(IPv[46]\/)?/, ""), known(record.Status).toLowerCase()],
	};
}

/**
 * A record on a line. Of a connection {from: {address, port}, to: {address, port}, what}, else {text}: text formats have one
 * line a record, and other JSON its own.
 */
export function summaryOf(record, raw) {
	if (typeof record === "string") return { text: record };
	const of = record?.initiator_ip !== undefined ? ofVpc : record?.Network || record?.Link ? ofFlow : null;
	if (!of) return { text: raw };
	const { from, to, what } = of(record);
	const end = ([address, port]) => ({ address: known(address) || "–", port: known(port) });
	return { from: end(from), to: end(to), what: what.map(known).filter(Boolean).join(" ") };
}

// the members in the order in which the server sends them
const BEFORE = /^\{"tag":"(?:[^"\\]|\\.)*","skipped":\d+,"at":"[^"]*","record":/;

/** The text of an event's record: parsing and printing it would change numbers above 2^53. */
export function rawOf(data, record) {
	const head = BEFORE.exec(data);
	return head && data.endsWith("}") ? data.slice(head[0].length, -1) : JSON.stringify(record);
}

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const PAIRS = { "{": "}", "[": "]" };

/** JSON in lines of {depth, key, text}; what is told is not changed, but for the space between. */
export function jsonLines(raw) {
	const tokens = raw.match(TOKENS) ?? [];
	const lines = [];
	let depth = 0;
	let line = { depth, key: "", text: "" };
	const end = () => {
		if (line.key || line.text) lines.push(line);
		line = { depth, key: "", text: "" };
	};
	for (let i = 0; i < tokens.length; i++) {
		const token = tokens[i];
		if (token === PAIRS[tokens[i - 1]]) {
			// nothing in it: it was put down with its beginning
		} else if (token in PAIRS) {
			const isEmpty = tokens[i + 1] === PAIRS[token];
			line.text += isEmpty ? token + PAIRS[token] : token;
			if (!isEmpty) (depth++, end());
		} else if (token === "}" || token === "]") {
			depth--;
			end();
			line.text = token;
		} else if (token === ",") {
			line.text += token;
			end();
		} else if (tokens[i + 1] === ":") {
			line.key = token;
		} else if (token !== ":") {
			line.text += token;
		}
	}
	end();
	return lines;
}
