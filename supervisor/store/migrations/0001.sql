-- Names are those of the REST API. Times are milliseconds since 1970. 64-bit numbers without a sign (epochs, sequences)
-- are kept as the signed number with the same bits. labels, limits and detail are JSON objects, checked before they
-- are written (a CHECK may not call JSON functions under trusted_schema = OFF).

CREATE TABLE settings (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What master.key must be: HMAC-SHA256 under it of a fixed text. One row, once there is a key.
CREATE TABLE master_key (
	only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32)
) STRICT;

CREATE TABLE tenants (
	name TEXT PRIMARY KEY
		CHECK (length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*' AND name NOT GLOB '*-'),
	display_name TEXT NOT NULL,
	limits TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- number keeps the order of creation, for lists.
CREATE TABLE tokens (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	id TEXT NOT NULL UNIQUE,
	hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer')),
	tenant TEXT REFERENCES tenants (name) ON DELETE CASCADE,
	description TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	expires_ms INTEGER NOT NULL,
	used_ms INTEGER NOT NULL,
	CHECK ((role = 'admin') = (tenant IS NULL))
) STRICT;
CREATE INDEX tokens_of_tenant ON tokens (tenant);

-- host_id as configured, host_id_used as resolved, auto_host_id what `auto` came to: kept for when it is `auto` again.
CREATE TABLE pipelines (
	id TEXT PRIMARY KEY CHECK (length(id) = 16),
	tenant TEXT NOT NULL REFERENCES tenants (name) ON DELETE RESTRICT,
	name TEXT NOT NULL
		CHECK (length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*' AND name NOT GLOB '*-'),
	host_id TEXT NOT NULL,
	host_id_used TEXT NOT NULL,
	auto_host_id TEXT NOT NULL,
	description TEXT NOT NULL,
	labels TEXT NOT NULL,
	limits TEXT NOT NULL,
	version INTEGER NOT NULL,
	running INTEGER NOT NULL CHECK (running IN (0, 1)),
	revision INTEGER NOT NULL,
	last_good INTEGER NOT NULL,
	stop_epoch INTEGER,
	stop_sequence INTEGER,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL,
	UNIQUE (tenant, name),
	CHECK ((stop_epoch IS NULL) = (stop_sequence IS NULL))
) STRICT, WITHOUT ROWID;

-- canonical: SHA-256 of the effective configuration, to see whether anything changes.
CREATE TABLE revisions (
	pipeline TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
	number INTEGER NOT NULL,
	config TEXT NOT NULL,
	canonical BLOB NOT NULL,
	host_id TEXT NOT NULL,
	who TEXT NOT NULL,
	summary TEXT NOT NULL,
	at_ms INTEGER NOT NULL,
	restored_from INTEGER NOT NULL,
	result INTEGER NOT NULL,
	ran_ms INTEGER NOT NULL,
	UNIQUE (pipeline, number)
) STRICT;

-- nonce (12), cipher text, tag (16); associated data: tenant, pipeline, field.
CREATE TABLE secrets (
	pipeline TEXT NOT NULL,
	revision INTEGER NOT NULL,
	field TEXT NOT NULL,
	sealed BLOB NOT NULL CHECK (length(sealed) >= 28),
	PRIMARY KEY (pipeline, revision, field),
	FOREIGN KEY (pipeline, revision) REFERENCES revisions (pipeline, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What a revision asks for besides its host_id, so that it can be asked for again when it is restored.
CREATE TABLE revision_claims (
	pipeline TEXT NOT NULL,
	revision INTEGER NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (pipeline, revision, kind, value),
	FOREIGN KEY (pipeline, revision) REFERENCES revisions (pipeline, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- What only one pipeline of all tenants may have. The key is the promise. current = 0: of an earlier revision.
CREATE TABLE claims (
	kind TEXT NOT NULL,
	value TEXT NOT NULL CHECK (value <> ''),
	pipeline TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
	current INTEGER NOT NULL CHECK (current IN (0, 1)),
	PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
CREATE INDEX claims_of_pipeline ON claims (pipeline);

CREATE TABLE audit (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at_ms INTEGER NOT NULL,
	who TEXT NOT NULL,
	role TEXT NOT NULL,
	tenant TEXT NOT NULL,
	action TEXT NOT NULL,
	target TEXT NOT NULL,
	address TEXT NOT NULL,
	request_id TEXT NOT NULL,
	detail TEXT NOT NULL
) STRICT;
CREATE INDEX audit_of_tenant ON audit (tenant, id);

CREATE TABLE epochs (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription TEXT NOT NULL,
	epoch INTEGER NOT NULL,
	first_sequence INTEGER NOT NULL,
	last_sequence INTEGER NOT NULL,
	first_wall_ms INTEGER NOT NULL,
	last_wall_ms INTEGER NOT NULL,
	boot_id BLOB NOT NULL CHECK (length(boot_id) = 16),
	UNIQUE (subscription, epoch)
) STRICT;
CREATE INDEX epochs_in_order ON epochs (subscription, number);

CREATE TABLE gaps (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	to_ms INTEGER NOT NULL,
	reason TEXT NOT NULL
) STRICT;
CREATE INDEX gaps_in_order ON gaps (subscription, number);

CREATE TABLE streams (
	destination TEXT PRIMARY KEY,
	last_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO tenants SELECT 'default', '', '{}', now.ms, now.ms FROM (SELECT unixepoch() * 1000 AS ms) now;
