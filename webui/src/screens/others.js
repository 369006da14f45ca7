// The screens that are loaded together: whoever opens one of them often goes on to the next.
export { Audit } from "./audit.js";
export { HostIds } from "./host_ids.js";
export { Subscriptions } from "./subscriptions.js";
export { Tenant } from "./tenants/tenant.js";
export { Tenants } from "./tenants/tenants.js";
