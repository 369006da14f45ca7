// Loaded when a pipeline is shown. What is wrong, and what to do: for each reason of a condition (docs/conditions.md) and each code of a last error
// (docs/errors.md). `x` is a field or a word of the API, [x](y) a link to this pipeline's page y, {x} is filled in.
const EDIT = "[edit](edit)";
const ANALYZER = "Correct `pipeline.subscriber.url`";
const LOGIN = `Correct \`analyzer.auth.cluster.username\` and \`.password\` (${EDIT}).`;
const STORE = `Check that the store runs, the network path, and \`pipeline.write.s3.endpoint\` (${EDIT}).`;
const FOLDER =
	"Check that the folder exists and that sluiced's user may write there. For the service: `ReadWritePaths=`.";
const PORT = `Give another \`pipeline.store.prom_sky_con.port\` (${EDIT}), or end what has this one.`;
const BUSY = "Wait: it passes by itself, and is tried again. When it comes often, larger objects need fewer requests.";

const SUBSCRIPTION = {
	Unreachable: [
		"No flows come: the analyzer cannot be reached.",
		`Check that the analyzer runs and no firewall stands in between. ${ANALYZER} if that is another address (${EDIT}).`,
	],
	NoAnswer: [
		"No flows come: the analyzer takes the connection and says nothing.",
		`Check that this is an analyzer's port, and the right one of \`ws://\` and \`wss://\` (${EDIT}).`,
	],
	NotAnAnalyzer: [
		"No flows come: what answers is no analyzer.",
		`${ANALYZER}: port and path, usually \`/ws/subscriber/flow\` (${EDIT}).`,
	],
	WrongPath: [
		"No flows come: the analyzer has nothing at this path.",
		`${ANALYZER}: the path is usually \`/ws/subscriber/flow\` (${EDIT}).`,
	],
	UpgradeRefused: [
		"No flows come: no websocket is let through.",
		"Look for a proxy in between that takes the upgrade out.",
	],
	WrongCredentials: ["No flows come: the analyzer does not take the credentials.", LOGIN],
	HostIdInUse: [
		"No flows come: the analyzer has a client with this id already.",
		"Check whether two supervisors run with one `--host-id`. After a crash it goes away by itself.",
	],
	Refused: ["No flows come: the analyzer refuses the connection.", "See the analyzer's own log."],
	TlsFailed: [
		"No flows come: the connection to the analyzer is not trusted.",
		`Check the certificate, \`analyzer.tls.ca_file\`, \`.cert_file\` and the name in the URL (${EDIT}).`,
	],
	WrongConfiguration: [
		"A file for the connection cannot be used.",
		`Repair the file that \`analyzer.tls\` names, or name another (${EDIT}); then start.`,
	],
	Disconnected: [
		"No flows come: the connection was ended.",
		"It is made anew. When it comes often, see the analyzer's log.",
	],
	ProtocolError: [
		"No flows come: the analyzer breaks the protocol.",
		"Look for a proxy in between, or an analyzer of an unknown version.",
	],
	NoPings: ["No flows come: the analyzer has gone silent.", "Check the network, and whether the analyzer hangs."],
	Silent: [
		"No flows come, though the connection stands.",
		"Check that there is still a capture. The connection is made anew, since other clients' disconnects silence an analyzer.",
	],
	Reconfigured: ["The connection is made anew, for a pipeline that needs more of it.", "Wait: it takes a moment."],
};

const SINK = {
	PortInUse: ["The page for Prometheus cannot be served: its port is taken.", PORT],
	PortDenied: ["The page for Prometheus cannot be served: this user may not take that port.", PORT],
	NoHost: [
		"The object store's name is not known.",
		`Correct \`pipeline.write.s3.endpoint\` (${EDIT}), or let the machine's DNS know it.`,
	],
	NoConnection: ["The object store does not answer.", STORE],
	NotAllowed: [
		"The object store's address is of the machine that Sluice runs on, or of its link.",
		`Give the store's own address in \`pipeline.write.s3.endpoint\` (${EDIT}), or let an administrator start Sluice with \`--allow-endpoints\`.`,
	],
	NoTrust: [
		"The object store's certificate is not trusted.",
		`Name its authority in \`pipeline.write.s3.ca_file\` (${EDIT}), or repair the certificate when it has expired or another name.`,
	],
	Broken: ["The connection to the object store breaks.", STORE],
	Stalled: ["The object store does not get on with a request.", "Check the network and the store's load."],
	Internal: [
		"The request to the object store could not be made.",
		"Look for a lack of memory, or libcurl that is not installed.",
	],
	AccessDenied: [
		"The bucket refuses the writes.",
		"Allow `s3:PutObject` on {target} for the access key, or [set another key](edit).",
	],
	InvalidAccessKeyId: [
		"The object store does not know the access key.",
		"[Set another key](edit) in `pipeline.write.s3.access_key`.",
	],
	SignatureDoesNotMatch: ["The secret key does not belong to the access key.", "[Set `secret_key` anew](edit)."],
	AuthorizationHeaderMalformed: [
		"The bucket lives in another region.",
		`Correct \`pipeline.write.s3.region\` (${EDIT}).`,
	],
	PermanentRedirect: ["The bucket lives in another region.", `Correct \`pipeline.write.s3.region\` (${EDIT}).`],
	NoSuchBucket: [
		"There is no such bucket.",
		`Make the bucket, or correct \`pipeline.store.buffered.dirname\` (${EDIT}).`,
	],
	InvalidBucketName: ["No bucket can have this name.", `Correct \`pipeline.store.buffered.dirname\` (${EDIT}).`],
	RequestTimeTooSkewed: [
		"The machine's clock is off.",
		"Set the machine's clock: the store takes requests of the present only.",
	],
	SlowDown: ["The object store has too much to do.", BUSY],
	InternalError: ["The object store is broken.", BUSY],
	NoToken: ["The token service gives no token for the store.", `Correct \`pipeline.write.s3.iam_endpoint\` (${EDIT}).`],
	no_space: ["The disk is full, or its quota.", "Make room where the files go."],
	busy: ["Something else stores in this folder.", `Give the pipeline a folder of its own (${EDIT}).`],
	io: ["The files cannot be written.", FOLDER],
	not_found: ["The files cannot be written: the folder is not there.", FOLDER],
	invalid: ["The files cannot be written: the path is none.", FOLDER],
};
// codes of stores and of the token service that have no line of their own
const SINK_FAMILIES = [
	[
		/^BXN|token service/,
		"The token service does not take the key.",
		`Write \`pipeline.write.s3.api_key\` anew (${EDIT}).`,
	],
	[/^HTTP(401|403)\b/, SINK.AccessDenied[0], SINK.AccessDenied[1]],
	[/^HTTP(429|5\d\d)\b/, SINK.SlowDown[0], BUSY],
];

const TOPOLOGY = {
	Unreachable: [
		"cannot be reached.",
		`Check that the analyzer runs there and no firewall stands in between, or name others under \`analyzers\` (${EDIT}).`,
	],
	NoAnswer: [
		"does not answer.",
		"Check the analyzer's load, and whether `http` or `https` is right, or name other `analyzers`.",
	],
	WrongCredentials: ["does not take the credentials.", LOGIN],
	TlsFailed: ["is not trusted.", `Check \`analyzer.tls.ca_file\`, or the name in \`analyzers\` (${EDIT}).`],
	AnalyzerFails: ["fails.", "See the analyzer's own log."],
	NotAnAnalyzer: [
		"is not there: what answers is no analyzer.",
		`Correct the port in \`analyzers\` (${EDIT}). Look for a proxy or a web server.`,
	],
	TooLarge: ["answers more than can be taken.", "Check that it is an analyzer."],
};

/** By condition and reason: [what is wrong, what to do]. */
export const REASONS = {
	SubscriptionUp: SUBSCRIPTION,
	SinkReachable: SINK,
	TopologyReachable: Object.fromEntries(
		Object.entries(TOPOLOGY).map(([reason, [what, todo]]) => [
			reason,
			[`Records go out without names: the topology ${what}`, todo],
		]),
	),
	SpoolWritable: {
		NoSpace: [
			"The data folder's disk is full.",
			"Make room at once. `--spool-limit` and `limits.spool_bytes` keep a store's failure from filling it.",
		],
		QuotaFull: [
			"The spool's quota is used up, and nothing of it may be dropped yet: reading waits.",
			"Repair the sink first. Or raise `limits.spool_bytes` or `--spool-limit`.",
		],
		Failed: ["The data folder's disk fails, or is read-only.", "See the kernel's log."],
	},
	ConfigApplied: {
		Invalid: [
			"The stored configuration cannot be used.",
			"Write the named field anew ([edit](edit)), or [roll back](config).",
		],
		Restored: [
			"The last change never became ready; the revision before runs again.",
			"See [Configuration](config) for both, correct it and save again.",
		],
	},
	WorkerReady: {
		Recovering: ["The worker reads what its spool holds.", "Wait: it starts by itself."],
		SpoolLocked: [
			"The worker waits for the spool: the last one has not ended yet.",
			"Wait: it ends some seconds behind `--drain-timeout` at the latest.",
		],
		Overtaken: [
			"Flows come faster than the worker reads them: some were overwritten in the ring.",
			"Check the machine's load; split the pipeline by `capture_id`, or give it fewer transforms.",
		],
		NoStreamName: [
			"No name for a new stream could be stored; the old one goes on.",
			"Check whether the data folder's disk is full.",
		],
	},
};

// by last_error.code
const ERRORS = {
	"condition.false": [
		"The worker ended while a condition was false.",
		"What is left in the spool goes out with the next start. See [Logs](logs).",
	],
	"config.unusable": REASONS.ConfigApplied.Invalid,
	"restarts.limit": [
		"The worker ended too often.",
		"Find out why it ends: see its last lines under [Logs](logs). Then start it.",
	],
	"subscription.failed": [
		"The connection's configuration cannot work.",
		"Correct the field that is named ([edit](edit)); then start.",
	],
	"worker.ended": [
		"The worker ended unasked.",
		"See its last lines under [Logs](logs). A signal other than 9 is a bug: report it.",
	],
	"worker.not_started": [
		"No process could be started for the worker.",
		"Check memory, disk, `LimitNOFILE=` and `TasksMax=`.",
	],
	"worker.refused": [
		"The worker refuses its configuration.",
		"See [Logs](logs) for the field, and correct it ([edit](edit)), or [roll back](config).",
	],
};
const KILLED = [
	"The worker was killed.",
	"Unless somebody did it, the kernel has, for memory: raise `limits.worker_memory_bytes`, or lower `max_flow_array_size` ([edit](edit)).",
];

// by what flows are lost by
const LOSSES = {
	ring: [
		"the worker was overtaken in the ring.",
		"It is too slow, or was away too long: check the machine's load, or give a larger `--ring-size`.",
	],
	overflow: [
		"more records wait than `max_flow_array_size`.",
		"Repair the sink first. Or raise `max_flow_array_size` to keep more ([edit](edit)).",
	],
	spool: [
		"the spool is full.",
		"Repair the sink first. Or raise `limits.spool_bytes` or `--spool-limit` to keep more.",
	],
	damage: ["files of the spool are damaged or missing.", "Check the data folder's disk. See [Logs](logs) for which."],
	error: ["they cannot become records.", "See [Logs](logs), and report it."],
};

/** @param condition a false one → [what is wrong, what to do], null where none is known */
export function adviceOn({ type, reason, message }) {
	const known = REASONS[type] ?? {};
	if (Object.hasOwn(known, reason)) return known[reason];
	if (type !== "SinkReachable") return null;
	const family = SINK_FAMILIES.find(([pattern]) => pattern.test(`${reason} ${message ?? ""}`));
	return family ? family.slice(1) : null;
}

/** @param error a last_error → [what is wrong, what to do], null where none is known */
export function adviceOnEnd({ code, message }) {
	if (code === "worker.ended" && /\bsignal 9\b/.test(message)) return KILLED;
	return Object.hasOwn(ERRORS, code) ? ERRORS[code] : null;
}

/** @param loss ring, overflow, spool, error; damage: by spool, which is not full → [why they are lost, what to do] */
export const adviceOnLoss = (loss) => LOSSES[loss] ?? LOSSES.error;
