// New and Edit: one document, as a form or as YAML, checked as one types, reviewed before it is saved.
import { useEffect, useRef, useState } from "preact/hooks";
import { count } from "../../lib/format.js";
import { html } from "../../lib/html.js";
import { guardLeaving, hrefTo, isAt, navigate, setQuery, useRoute } from "../../lib/route.js";
import { say } from "../../lib/say.js";
import { useStore } from "../../lib/store.js";
import { NotLoaded } from "../../parts/needed.js";
import { ProblemLine } from "../../parts/problem.js";
import { fleet, useMayWrite } from "../../state/live.js";
import { NotFound } from "../not_found.js";
import { useCheck } from "./check.js";
import { Head } from "./head.js";
import { nameProblem, useTenantQuota } from "./identity.js";
import { Leave, RestoredLine } from "./leave.js";
import { Review } from "./review.js";
import { isChanged, NOT_LOADED, useEdit } from "./state.js";
import { Write } from "./write.js";

// Asks before the page is left with something that is not saved. → [where one wanted to go, forget it, leave for good]
function useGuard(isDirty) {
	const [target, setTarget] = useState(null);
	const isOver = useRef(false);
	useEffect(() => {
		if (!isDirty) return undefined;
		const path = location.hash.split("?")[0];
		const end = guardLeaving((route, href) => {
			if (isOver.current || href.split("?")[0] === path) return true;
			setTarget(href || "#/");
			return false;
		});
		const unload = (event) => event.preventDefault();
		addEventListener("beforeunload", unload);
		return () => {
			end();
			removeEventListener("beforeunload", unload);
		};
	}, [isDirty]);
	const leave = (href) => {
		isOver.current = true;
		navigate(href);
	};
	return [target, () => setTarget(null), leave];
}

function Loaded({ form, edit, opened, update, load, forget }) {
	const { query } = useRoute();
	const { byKey } = useStore(fleet);
	const mayWrite = useMayWrite();
	const quota = useTenantQuota(edit.tenant);
	const found = useCheck(form, edit, opened);
	const [target, stay, leave] = useGuard(isChanged(form, edit));
	const home = edit.isNew ? "#/pipelines" : hrefTo(["pipelines", edit.tenant, edit.name]);
	const named = edit.isNew ? ownProblems(edit, byKey) : [];
	const check = form.kit.withMending({ ...found, problems: [...named, ...found.problems] });
	const canReview = check.problems.length === 0 && mayWrite;
	const isReview = query.get("step") === "review";
	const review = () => {
		// a key that does nothing says why
		if (!canReview)
			return say(check.problems.length > 0 ? count(check.problems.length, "error") : "Not now: the connection is lost");
		return navigate(hrefTo(currentPath(edit), { ...Object.fromEntries(query), step: "review" }));
	};
	useReviewKey(isReview ? null : review);
	const saved = (pipeline) => {
		forget();
		if (!pipeline) return;
		say(edit.isNew ? "Created" : "Saved");
		if (isAt(currentPath(edit))) leave(hrefTo(["pipelines", edit.tenant, edit.name]));
	};
	const mend = (problem) => update({ text: form.kit.mended(edit.text, problem, form.schema) });
	return html`
		<${Head} edit=${edit} isReview=${isReview} view=${query.get("view") ?? "form"} />
		<${RestoredLine} edit=${edit} onStartOver=${() => (forget(), load())} onClose=${() => update({ isRestored: false, lost: [] })} />
		${
			isReview
				? html`<${Review} ...${{ form, edit, update, tenantQuota: quota, onSaved: saved }} onBack=${() => setQuery({ step: "" })} />`
				: html`<${Write} ...${{ form, edit, opened, update, check, quota, mayWrite, home, review, mend }} />`
		}
		${target && html`<${Leave} onStay=${stay} onLeave=${() => (forget(), leave(target))} />`}
	`;
}

const currentPath = ({ isNew, tenant, name }) => (isNew ? ["new"] : ["pipelines", tenant, name, "edit"]);

function ownProblems(edit, byKey) {
	const told = (detail, key) => ({ detail, code: key, path: key, keys: [key], inConfig: false });
	const problem = nameProblem(edit, byKey);
	return [...(edit.tenant ? [] : [told("The tenant is missing.", "tenant")]), ...(problem ? [problem] : [])];
}

function useReviewKey(review) {
	useEffect(() => {
		if (!review) return undefined;
		const pressed = (event) => {
			if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
			event.preventDefault();
			review();
		};
		addEventListener("keydown", pressed);
		return () => removeEventListener("keydown", pressed);
	});
}

function Begun({ tenant, name }) {
	const state = useEdit({ tenant, name });
	if (state.problem?.status === 404) return html`<${NotFound} name=${`${tenant}/${name}`} />`;
	if (state.problem?.code === NOT_LOADED) return html`<${NotLoaded} />`;
	if (state.problem)
		return html`<h1>${name ? "Edit" : "New pipeline"}</h1>
			<${ProblemLine} problem=${state.problem} lead="The editor cannot begin.">
				<button type="button" class="btn s" onClick=${state.load}>Try again</button>
			<//>`;
	if (!state.edit) return html`<${Head} edit=${{ isNew: name === undefined, tenant, name }} isReview=${true} />`;
	return html`<${Loaded} ...${state} />`;
}

/** name: of the one that is changed; without it a new one is made. */
export const Editor = (place) => html`<${Begun} key=${`${place.tenant}/${place.name}`} ...${place} />`;
