// Which screen an address shows. What a role may not see is not there. All but the first are loaded when they are shown.
import { lazy } from "../parts/needed.js";
import { Fleet } from "./fleet/fleet.js";
import { NotFound } from "./not_found.js";

const loadPipeline = () => import("./pipeline/pipeline.js");
const loadEditor = () => import("./editor/editor.js");
const loadOthers = () => import("./others.js");

/** A pipeline's page opens also when the connection is lost by then. What fails now is told when it is shown. */
export const loadAhead = () => loadPipeline().catch(() => {});

const Pipeline = lazy(loadPipeline, "Pipeline");
const Editor = lazy(loadEditor, "Editor");
const Subscriptions = lazy(loadOthers, "Subscriptions");
const Tenants = lazy(loadOthers, "Tenants");
const Tenant = lazy(loadOthers, "Tenant");
const HostIds = lazy(loadOthers, "HostIds");
const Audit = lazy(loadOthers, "Audit");

const missing = { title: "Not found", key: "missing", Screen: NotFound };

function pipelineScreen([, tenant, name, tab = "", ...rest], me) {
	if (name === undefined || rest.length > 0) return missing;
	const title = `${tenant}/${name}`;
	if (tab === "edit")
		return me.role === "viewer" ? missing : { title, key: "edit", Screen: Editor, props: { tenant, name } };
	if (!["", "logs", "tap", "config", "events"].includes(tab)) return missing;
	return { title, key: `pipeline ${title}`, Screen: Pipeline, props: { tenant, name, tab } };
}

/** path: the address's segments → {title, key (one screen as long as it is the same), Screen, props} */
export function screenOf(path, me) {
	const [page = "pipelines", id, ...rest] = path;
	const isAdmin = me.role === "admin";
	if (page === "pipelines" && id !== undefined) return pipelineScreen(path, me);
	if (page === "tenants" && isAdmin && rest.length === 0) {
		if (id === undefined) return { title: "Tenants", key: "tenants", Screen: Tenants };
		return { title: id, key: `tenant ${id}`, Screen: Tenant, props: { id } };
	}
	if (id !== undefined) return missing;
	if (page === "pipelines") return { title: "Pipelines", key: "fleet", Screen: Fleet };
	if (page === "new" && me.role !== "viewer") return { title: "New pipeline", key: "new", Screen: Editor, props: {} };
	if (page === "subscriptions") return { title: "Subscriptions", key: page, Screen: Subscriptions };
	if (page === "host-ids" && isAdmin) return { title: "Host IDs", key: page, Screen: HostIds };
	if (page === "audit" && isAdmin) return { title: "Audit", key: page, Screen: Audit };
	return missing;
}
