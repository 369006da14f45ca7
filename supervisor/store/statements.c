#include "supervisor/store/statements.h"

#define TOKEN_COLUMNS "id, role, tenant, description, created_ms, expires_ms, used_ms"

/* Read by pipeline_read; the configuration follows. */
#define PIPELINE_COLUMNS "p.id, p.tenant, p.name, p.host_id, p.host_id_used, p.description, p.labels, p.limits, " \
	"p.version, p.running, p.revision, p.last_good, p.stop_epoch, p.stop_sequence, p.created_ms, p.updated_ms"
#define PIPELINE_CONFIG "(SELECT config FROM revisions r WHERE r.pipeline = p.id AND r.number = p.revision)"

/* ?1 tenant, ?2 text in lower case, ?3 labels: a JSON object each member of which must be among the pipeline's;
 * NULL: any. A blob is greater than every text, so x'' bounds nothing. */
#define PIPELINE_FILTER \
	"p.tenant >= coalesce(?1, '') AND p.tenant <= coalesce(?1, x'') " \
	"AND (?2 IS NULL OR " \
		"instr(lower(p.tenant || ' ' || p.name || ' ' || p.host_id_used || ' ' || p.description), ?2) > 0) " \
	"AND (?3 IS NULL OR NOT EXISTS (SELECT 1 FROM json_each(?3) wanted WHERE NOT EXISTS (" \
		"SELECT 1 FROM json_each(p.labels) has WHERE has.key = wanted.key AND has.value = wanted.value)))"

#define TENANT_COLUMNS "name, display_name, limits, created_ms, updated_ms, " \
	"(SELECT count(*) FROM tokens t WHERE t.tenant = tenants.name)"
/* Of the token that somebody was, as long as it is there. */
#define WHO_DESCRIPTION "(SELECT t.description FROM tokens t WHERE t.id = who)"
#define REVISION_COLUMNS "number, host_id, who, summary, at_ms, restored_from, result, ran_ms, " WHO_DESCRIPTION
#define AUDIT_COLUMNS "id, at_ms, who, role, tenant, action, target, address, request_id, detail"
#define AUDIT_FITS "WHERE at_ms >= ?3 AND (?4 IS NULL OR action = ?4) AND (?5 IS NULL OR who = ?5) AND " \
	"(?6 IS NULL OR (target = ?6 AND (action GLOB 'pipeline.*' OR detail ->> 'action' GLOB 'pipeline.*'))) ORDER BY id DESC LIMIT ?7"

const char *const statement_texts[SQL_COUNT] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_VIEW] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_PART_BEGIN] = "SAVEPOINT part",
	[SQL_PART_END] = "RELEASE part",
	[SQL_PART_UNDO] = "ROLLBACK TO part",

	[SQL_SETTING_GET] = "SELECT value FROM settings WHERE key = ?1",
	[SQL_SETTING_SET] = "INSERT INTO settings VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = ?2",
	[SQL_KEY_GET] = "SELECT fingerprint FROM master_key",
	[SQL_KEY_SET] = "INSERT INTO master_key VALUES (1, ?1) ON CONFLICT DO UPDATE SET fingerprint = ?1",
	[SQL_JSON_OBJECT] = "SELECT CASE WHEN json_valid(?1) AND substr(ltrim(?1, ' ' || char(9, 10, 13)), 1, 1) = '{' "
		"THEN json(?1) END",

	[SQL_TENANT_EXISTS] = "SELECT 1 FROM tenants WHERE name = ?1",
	[SQL_TENANT_GET] = "SELECT " TENANT_COLUMNS " FROM tenants WHERE name = ?1",
	[SQL_TENANTS_LIST] = "SELECT " TENANT_COLUMNS " FROM tenants WHERE name > ?1 "
		"ORDER BY name LIMIT ?2",
	[SQL_TENANT_INSERT] = "INSERT INTO tenants VALUES (?1, ?2, ?3, ?4, ?4)",
	[SQL_TENANT_UPDATE] = "UPDATE tenants SET display_name = ?2, limits = ?3, updated_ms = ?4 WHERE name = ?1",
	[SQL_TENANT_DELETE] = "DELETE FROM tenants WHERE name = ?1",
	[SQL_TENANT_PIPELINES] = "SELECT count(*) FROM pipelines WHERE tenant = ?1",
	[SQL_TENANT_DELETE_PIPELINES] = "DELETE FROM pipelines WHERE tenant = ?1",
	[SQL_TENANT_LIMIT] = "SELECT CASE WHEN json_type(limits, '$.pipelines') = 'integer' THEN limits ->> '$.pipelines' "
		"ELSE -1 END FROM tenants WHERE name = ?1",

	[SQL_TOKEN_INSERT] = "INSERT INTO tokens (id, hash, role, tenant, description, created_ms, expires_ms, used_ms) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)",
	[SQL_TOKENS_LIST] = "SELECT " TOKEN_COLUMNS ", number FROM tokens WHERE tenant IS ?1 AND number > ?2 "
		"ORDER BY number LIMIT ?3",
	[SQL_TOKEN_DELETE] = "DELETE FROM tokens WHERE id = ?1 AND tenant IS ?2",
	[SQL_TOKEN_BY_HASH] = "SELECT " TOKEN_COLUMNS ", hash FROM tokens WHERE hash = ?1",
	[SQL_TOKEN_BY_ID] = "SELECT " TOKEN_COLUMNS " FROM tokens WHERE id = ?1",
	[SQL_TOKEN_USED] = "UPDATE tokens SET used_ms = ?2 WHERE id = ?1",

	[SQL_PIPELINE_BY_NAME] = "SELECT " PIPELINE_COLUMNS ", " PIPELINE_CONFIG
		" FROM pipelines p WHERE p.tenant = ?1 AND p.name = ?2",
	[SQL_PIPELINE_BY_ID] = "SELECT " PIPELINE_COLUMNS ", " PIPELINE_CONFIG " FROM pipelines p WHERE p.id = ?1",
	[SQL_PIPELINES_LIST] = "SELECT " PIPELINE_COLUMNS ", CASE WHEN ?7 THEN " PIPELINE_CONFIG " END FROM pipelines p WHERE "
		PIPELINE_FILTER " AND (p.tenant, p.name) > (?4, ?5) ORDER BY p.tenant, p.name LIMIT ?6",
	[SQL_PIPELINE_INSERT] = "INSERT INTO pipelines VALUES (?1, ?2, ?3, '', '', '', '', '{}', '{}', 0, 1, 0, 0, NULL, "
		"NULL, ?4, ?4)",
	[SQL_PIPELINE_UPDATE] = "UPDATE pipelines SET host_id = ?2, host_id_used = ?3, description = ?4, labels = ?5, "
		"limits = ?6, running = ?7, revision = ?8, version = version + ?9, updated_ms = ?10 WHERE id = ?1",
	[SQL_PIPELINE_SET_DESIRED] = "UPDATE pipelines SET running = ?2, stop_epoch = coalesce(?3, stop_epoch), "
		"stop_sequence = coalesce(?4, stop_sequence) WHERE id = ?1",
	[SQL_PIPELINE_ORDER_STOP] = "UPDATE pipelines SET stop_epoch = ?2, stop_sequence = ?3 WHERE id = ?1",
	[SQL_PIPELINE_LAST_GOOD] = "UPDATE pipelines SET last_good = ?2 WHERE id = ?1",
	[SQL_PIPELINE_AUTO] = "UPDATE pipelines SET auto_host_id = ?2 WHERE id = ?1 AND auto_host_id <> ?2",
	[SQL_PIPELINE_AUTO_GET] = "SELECT auto_host_id FROM pipelines WHERE id = ?1",
	[SQL_PIPELINE_DELETE] = "DELETE FROM pipelines WHERE id = ?1",

	[SQL_DELETION_PUT] = "INSERT INTO deletions SELECT id, ?2, ?3, ?4, ?5, ?6 FROM pipelines WHERE id = ?1 "
		"ON CONFLICT DO UPDATE SET who = ?2, role = ?3, address = ?4, request_id = ?5, discard = ?6",
	[SQL_DELETION_FORGET] = "DELETE FROM deletions WHERE pipeline = ?1",
	[SQL_DELETIONS_LIST] = "SELECT pipeline, who, role, address, request_id, discard FROM deletions WHERE pipeline > ?1 "
		"ORDER BY pipeline LIMIT ?2",

	[SQL_CLAIM_HOLDER] = "SELECT c.pipeline, p.tenant, p.name FROM claims c JOIN pipelines p ON p.id = c.pipeline "
		"WHERE c.kind = ?1 AND c.value = ?2",
	[SQL_CLAIMS_RELEASE] = "UPDATE claims SET current = 0 WHERE pipeline = ?1",
	[SQL_CLAIM_TAKE] = "INSERT INTO claims VALUES (?1, ?2, ?3, 1) ON CONFLICT DO UPDATE SET current = 1 "
		"WHERE pipeline = ?3",
	[SQL_HOST_ID_GIVE_UP] = "DELETE FROM claims WHERE pipeline = ?1 AND kind = 'host_id' AND current = 1",
	[SQL_HOST_ID_RESERVE] = "INSERT INTO claims VALUES ('host_id', ?2, ?1, 0) ON CONFLICT DO NOTHING",
	[SQL_CLAIMS_SETTLE] = "DELETE FROM claims WHERE pipeline = ?1 AND current = 0",
	[SQL_CLAIMS_SETTLE_READY] = "DELETE FROM claims WHERE pipeline = ?1 AND current = 0 "
		"AND (SELECT revision FROM pipelines WHERE id = ?1) = ?2",
	[SQL_CLAIMS_LIST] = "SELECT c.kind, c.value, p.tenant, p.name, p.id, c.current FROM claims c "
		"JOIN pipelines p ON p.id = c.pipeline WHERE c.kind = ?1 AND c.value > ?2 ORDER BY c.value LIMIT ?3",

	[SQL_REVISION_INSERT] = "INSERT INTO revisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, 0, 0)",
	[SQL_REVISION_COPY] = "INSERT INTO revisions SELECT pipeline, ?3, config, canonical, host_id, ?4, ?5, ?6, number, 0, "
		"0 FROM revisions WHERE pipeline = ?1 AND number = ?2",
	[SQL_REVISION_CANONICAL] = "SELECT canonical FROM revisions WHERE pipeline = ?1 AND number = ?2",
	[SQL_REVISION_GET] = "SELECT " REVISION_COLUMNS ", config FROM revisions WHERE pipeline = ?1 AND number = ?2",
	[SQL_REVISIONS_LIST] = "SELECT " REVISION_COLUMNS " FROM revisions WHERE pipeline = ?1 ORDER BY number DESC",
	[SQL_REVISIONS_TRIM] = "DELETE FROM revisions WHERE pipeline = ?1 AND number <= (SELECT number FROM revisions "
		"WHERE pipeline = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2) "
		"AND number NOT IN (SELECT last_good FROM pipelines WHERE id = ?1)",
	[SQL_REVISION_RESULT] = "UPDATE revisions SET result = ?3 WHERE pipeline = ?1 AND number = ?2",
	[SQL_REVISION_RAN] = "UPDATE revisions SET ran_ms = ran_ms + ?3 WHERE pipeline = ?1 AND number = ?2",
	[SQL_REVISION_CLAIM_INSERT] = "INSERT OR IGNORE INTO revision_claims VALUES (?1, ?2, ?3, ?4)",
	[SQL_REVISION_CLAIMS_COPY] = "INSERT INTO revision_claims SELECT pipeline, ?3, kind, value FROM revision_claims "
		"WHERE pipeline = ?1 AND revision = ?2",
	[SQL_REVISION_CLAIMS_LIST] = "SELECT kind, value FROM revision_claims WHERE pipeline = ?1 AND revision = ?2",

	[SQL_SECRET_INSERT] = "INSERT INTO secrets VALUES (?1, ?2, ?3, ?4)",
	[SQL_SECRETS_COPY] = "INSERT INTO secrets SELECT pipeline, ?3, field, sealed FROM secrets "
		"WHERE pipeline = ?1 AND revision = ?2",
	[SQL_SECRETS_LIST] = "SELECT s.field, s.sealed, p.tenant FROM secrets s JOIN pipelines p ON p.id = s.pipeline "
		"WHERE s.pipeline = ?1 AND s.revision = ?2 ORDER BY s.field",
	[SQL_SECRETS_ALL] = "SELECT p.tenant, s.pipeline, s.revision, s.field, s.sealed FROM secrets s "
		"JOIN pipelines p ON p.id = s.pipeline WHERE (s.pipeline, s.revision, s.field) > (?1, ?2, ?3) "
		"ORDER BY s.pipeline, s.revision, s.field LIMIT 1",
	[SQL_SECRET_RESEAL] = "UPDATE secrets SET sealed = ?4 WHERE pipeline = ?1 AND revision = ?2 AND field = ?3",

	[SQL_AUDIT_INSERT] = "INSERT INTO audit (at_ms, who, role, tenant, action, target, address, request_id, detail) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		"CASE WHEN NOT json_valid(?9) THEN json_object('text', ?9) ELSE json_patch(?9, json_object("
		"'revision', nullif(?10, 0), 'summary', nullif(?11, ''))) END)",
	[SQL_AUDIT_LIST] = "SELECT *, " WHO_DESCRIPTION " FROM (SELECT " AUDIT_COLUMNS " FROM audit WHERE id < ?1 ORDER BY id DESC LIMIT ?2) " AUDIT_FITS,
	[SQL_AUDIT_LIST_TENANT] = "SELECT *, " WHO_DESCRIPTION " FROM (SELECT " AUDIT_COLUMNS " FROM audit WHERE id < ?1 AND tenant = ?8 "
		"ORDER BY id DESC LIMIT ?2) " AUDIT_FITS,
	[SQL_AUDIT_WINDOW] = "SELECT count(*), min(id), max(at_ms) FROM (SELECT id, at_ms FROM audit WHERE id < ?1 "
		"ORDER BY id DESC LIMIT ?2)",
	[SQL_AUDIT_WINDOW_TENANT] = "SELECT count(*), min(id), max(at_ms) FROM (SELECT id, at_ms FROM audit WHERE id < ?1 AND "
		"tenant = ?3 ORDER BY id DESC LIMIT ?2)",

	[SQL_EPOCHS_LIST] = "SELECT epoch, first_sequence, last_sequence, first_wall_ms, last_wall_ms, boot_id FROM epochs "
		"WHERE subscription = ?1 ORDER BY number",
	[SQL_EPOCH_PUT] = "INSERT INTO epochs (subscription, epoch, first_sequence, last_sequence, first_wall_ms, "
		"last_wall_ms, boot_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (subscription, epoch) DO UPDATE SET "
		"first_sequence = ?3, last_sequence = ?4, first_wall_ms = ?5, last_wall_ms = ?6, boot_id = ?7",
	[SQL_EPOCHS_TRIM] = "DELETE FROM epochs WHERE subscription = ?1 AND number <= (SELECT number FROM epochs "
		"WHERE subscription = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
	[SQL_EPOCHS_FORGET] = "DELETE FROM epochs WHERE subscription = ?1 AND number < (SELECT number FROM epochs "
		"WHERE subscription = ?1 AND epoch = ?2)",
	[SQL_EPOCHS_FORGET_ALL] = "DELETE FROM epochs WHERE subscription = ?1",
	[SQL_GAP_INSERT] = "INSERT INTO gaps (subscription, from_ms, to_ms, reason) VALUES (?1, ?2, ?3, ?4)",
	[SQL_GAPS_TRIM] = "DELETE FROM gaps WHERE subscription = ?1 AND number <= (SELECT number FROM gaps "
		"WHERE subscription = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
	[SQL_GAPS_LIST] = "SELECT from_ms, to_ms, reason FROM gaps WHERE subscription = ?1 ORDER BY number DESC LIMIT ?2",
	[SQL_GAPS_SINCE] = "SELECT count(*), total(to_ms - max(from_ms, ?2)) FROM gaps WHERE subscription = ?1 AND to_ms > ?2",
	[SQL_STREAM_NEXT] = "INSERT INTO streams VALUES (?1, ?2) ON CONFLICT DO UPDATE SET last_s = max(?2, last_s + 1) "
		"RETURNING last_s",

	[SQL_BACKUP] = "VACUUM INTO ?1",
	[SQL_CHECKPOINT] = "PRAGMA wal_checkpoint(TRUNCATE)",
};
