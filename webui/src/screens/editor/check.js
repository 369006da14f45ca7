// What POST /v1/validate says of what is written now.
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { pipelinePath, request, tenantPath } from "../../lib/http.js";
import { isName } from "../../model/names.js";
import { usePhase } from "../../state/live.js";
import { createChecker } from "./checker.js";

const YAML = "application/yaml";

// What has no value is left out.
function queryOf(values) {
	const query = String(new URLSearchParams(Object.entries(values).filter(([, value]) => value)));
	return query && `?${query}`;
}

/** The address that saves it, with a query. */
export function savePath({ isNew, tenant, name }, query = {}) {
	const path = isNew ? tenantPath(tenant, "/pipelines") : pipelinePath(tenant, name);
	return path + queryOf(isNew ? { name, ...query } : query);
}

/** Saves it, or (dry_run) tells what that would do. → {body, etag}; throws Problem */
export function save(form, edit, { query, more, etag }) {
	const { text } = form.kit.bodyOf(edit.text, edit.beside, more);
	const headers = etag ? { "If-Match": etag } : {};
	return request(edit.isNew ? "POST" : "PUT", savePath(edit, query), { body: text, type: YAML, headers });
}

// A refusal that has no list of errors is itself the one error.
const errorsOf = (problem) =>
	problem.errors.length > 0 ? problem.errors : [{ pointer: "", code: problem.code, detail: problem.message }];

const isRefusal = ({ status }) => status >= 400 && status < 500 && status !== 401 && status !== 429;

const validatePath = ({ tenant, name }, query = {}) =>
	`/v1/validate${queryOf({ tenant, name: isName(name) ? name : "", ...query })}`;

async function validate(form, edit, query) {
	const body = form.kit.bodyOf(edit.text, edit.beside);
	try {
		const answer = await request("POST", validatePath(edit, query), { body: body.text, type: YAML });
		return { errors: [], warnings: answer.body.warnings ?? [], probe: answer.body.probe, body };
	} catch (problem) {
		if (!isRefusal(problem)) throw problem;
		return { errors: errorsOf(problem), warnings: problem.body.warnings ?? [], probe: problem.body.probe, body };
	}
}

// What `auto` comes to is told by the plan of saving it.
async function check({ form, edit }) {
	const result = await validate(form, edit, {});
	if (!edit.isAuto || result.errors.length > 0 || !edit.tenant || !isName(edit.name)) return result;
	const plan = await save(form, edit, { query: { dry_run: "true" } }).catch((problem) => ({ problem }));
	if (plan.problem && isRefusal(plan.problem)) return { ...result, errors: errorsOf(plan.problem) };
	return { ...result, hostId: plan.body?.host_id };
}

/** Does the analyzer take the connection, the sink an object? → {probe, errors, body} */
export const tryConnections = (form, edit) => validate(form, edit, { probe: "true" });

/**
 * → {state: "checking", "checked" or "unknown" (the server did not answer), problems, warnings, hostId, problem}
 * Problems and warnings are placed in the text as it is now.
 */
export function useCheck(form, edit, opened) {
	const phase = usePhase();
	const [result, setResult] = useState(null);
	const [isBusy, setBusy] = useState(false);
	const checker = useRef(null);
	checker.current ??= createChecker({
		run: check,
		begun: () => setBusy(true),
		told: (now) => {
			setResult(now);
			setBusy(false);
		},
	});
	useEffect(() => () => checker.current.stop(), []);
	const isBroken = opened.errors.length > 0;
	useEffect(() => {
		if (isBroken || phase !== "live") return;
		const isAuto = form.kit.valueAt(opened, ["host_id"]) === "auto";
		checker.current.ask({ form, edit: { ...edit, isAuto } });
	}, [edit.text, edit.beside, edit.tenant, edit.name, isBroken, phase]);

	return useMemo(() => {
		if (isBroken) return { state: "checked", problems: form.kit.syntaxProblems(opened.errors), warnings: [] };
		const told = (list) => form.kit.problemsOf(opened, list, result.body);
		const isKnown = result && !result.problem;
		return {
			// what is found while nobody answers is of an earlier text
			state: phase !== "live" ? "unknown" : isBusy ? "checking" : isKnown ? "checked" : "unknown",
			problems: isKnown ? told(result.errors) : [],
			warnings: isKnown ? told(result.warnings) : [],
			hostId: result?.hostId,
			problem: result?.problem,
		};
	}, [opened, result, isBusy, isBroken, phase]);
}
