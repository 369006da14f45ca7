PRAGMA application_id = 1936483173;
PRAGMA user_version = 1;
BEGIN TRANSACTION;
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
INSERT INTO "audit" VALUES(1,1795654019150,'sluiced','system','','token.create','259fdcb377156abe','','','{}');
INSERT INTO "audit" VALUES(2,1795654019158,'259fdcb377156abe','admin','acme','tenant.create','acme','127.0.0.1','8fb937c56fed1160','{}');
INSERT INTO "audit" VALUES(3,1795654019159,'259fdcb377156abe','admin','acme','token.create','57c14144a57b321d','127.0.0.1','6b3bd73aa83acd54','{}');
INSERT INTO "audit" VALUES(4,1795654019161,'259fdcb377156abe','admin','acme','pipeline.create','edge','127.0.0.1','07eb23a4631956ed','{"revision":1}');
INSERT INTO "audit" VALUES(5,1795654019163,'259fdcb377156abe','admin','acme','pipeline.change','edge','127.0.0.1','82720c1079488166','{"revision":2}');
INSERT INTO "audit" VALUES(6,1795654019164,'259fdcb377156abe','admin','acme','pipeline.create','core','127.0.0.1','29442f8f6c0bcc1e','{"revision":1}');
CREATE TABLE claims (
	kind TEXT NOT NULL,
	value TEXT NOT NULL CHECK (value <> ''),
	pipeline TEXT NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
	current INTEGER NOT NULL CHECK (current IN (0, 1)),
	PRIMARY KEY (kind, value)
) STRICT, WITHOUT ROWID;
INSERT INTO "claims" VALUES('host_id','acme-edge','d2195065b33cd3db',1);
INSERT INTO "claims" VALUES('host_id','core-1','3979f9e27814b6d6',1);
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
CREATE TABLE gaps (
	number INTEGER PRIMARY KEY AUTOINCREMENT,
	subscription TEXT NOT NULL,
	from_ms INTEGER NOT NULL,
	to_ms INTEGER NOT NULL,
	reason TEXT NOT NULL
) STRICT;
CREATE TABLE master_key (
	only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
	fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32)
) STRICT;
INSERT INTO "master_key" VALUES(1,X'187E6BD2716CF402622E8B89631360BD4B72D00B43C00202E272465FF9568EC3');
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
INSERT INTO "pipelines" VALUES('3979f9e27814b6d6','acme','core','core-1','core-1','','','{}','{"restarts":"5/60s"}',1,0,1,0,NULL,NULL,1795654019164,1795654019164);
INSERT INTO "pipelines" VALUES('d2195065b33cd3db','acme','edge','auto','acme-edge','acme-edge','made by schema 1','{"site":"one"}','{}',2,0,2,0,NULL,NULL,1795654019160,1795654019162);
CREATE TABLE revision_claims (
	pipeline TEXT NOT NULL,
	revision INTEGER NOT NULL,
	kind TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (pipeline, revision, kind, value),
	FOREIGN KEY (pipeline, revision) REFERENCES revisions (pipeline, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
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
INSERT INTO "revisions" VALUES('d2195065b33cd3db',1,'{"analyzer":{"auth":{"cluster":{"password":{"set":true},"username":"admin"}}},"host_id":"auto","pipeline":{"classify":{"cluster_net_masks":["10.42.1.8/29","fd42:1::10/124"],"type":"subnet"},"store":{"buffered":{"dirname":"bucket","filename_prefix":"logs","max_flow_array_size":100000000,"max_flows_per_object":6000,"max_seconds_per_object":60,"max_seconds_per_stream":86400},"type":"buffered"},"subscriber":{"url":"ws://127.0.0.1:1/ws/subscriber/flow"},"write":{"file":{"root":"files"},"type":"file"}}}',X'79821327DCD4795B21FBA86A8DF9E108AAD30505FF396138B21914CE212BA426','auto','259fdcb377156abe','',1795654019160,0,0,0);
INSERT INTO "revisions" VALUES('d2195065b33cd3db',2,'{"analyzer":{"auth":{"cluster":{"password":{"set":true},"username":"admin"}}},"host_id":"auto","pipeline":{"classify":{"cluster_net_masks":["10.42.1.8/29","fd42:1::10/124"],"type":"subnet"},"store":{"buffered":{"dirname":"bucket","filename_prefix":"logs","max_flow_array_size":100000000,"max_flows_per_object":77,"max_seconds_per_object":60,"max_seconds_per_stream":86400},"type":"buffered"},"subscriber":{"url":"ws://127.0.0.1:1/ws/subscriber/flow"},"write":{"file":{"root":"files"},"type":"file"}}}',X'50A8FB4A7C2967EB135967338857C7851AC7730A2E8A84BB4962FBA7B7028905','auto','259fdcb377156abe','',1795654019162,0,0,0);
INSERT INTO "revisions" VALUES('3979f9e27814b6d6',1,'{"analyzer":{"auth":{"cluster":{"password":{"set":true},"username":"admin"}}},"host_id":"core-1","pipeline":{"classify":{"cluster_net_masks":["10.42.1.8/29","fd42:1::10/124"],"type":"subnet"},"store":{"buffered":{"dirname":"bucket","filename_prefix":"logs","max_flow_array_size":100000000,"max_flows_per_object":6000,"max_seconds_per_object":60,"max_seconds_per_stream":86400},"type":"buffered"},"subscriber":{"url":"ws://127.0.0.1:1/ws/subscriber/flow"},"write":{"file":{"root":"files"},"type":"file"}}}',X'5726CA8C78E1EFF68747F30BD890D314C2F440F1A6E08502AE95B2F85D38F8A6','core-1','259fdcb377156abe','',1795654019164,0,0,0);
CREATE TABLE secrets (
	pipeline TEXT NOT NULL,
	revision INTEGER NOT NULL,
	field TEXT NOT NULL,
	sealed BLOB NOT NULL CHECK (length(sealed) >= 28),
	PRIMARY KEY (pipeline, revision, field),
	FOREIGN KEY (pipeline, revision) REFERENCES revisions (pipeline, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
INSERT INTO "secrets" VALUES('3979f9e27814b6d6',1,'analyzer.auth.cluster.password',X'6D95BFB207D93A1DF6EBF237F38961F419ACC8EA9888BEAAB6AB65B4E7D81B67A1D588E9439B9A');
INSERT INTO "secrets" VALUES('d2195065b33cd3db',1,'analyzer.auth.cluster.password',X'468956915CDA489C131FDCA91292352CA20FA16BAA5EB1A8E1E101E19C6F447A61EDBFF1ACD5A7');
INSERT INTO "secrets" VALUES('d2195065b33cd3db',2,'analyzer.auth.cluster.password',X'4BD7BE4D62153B737210A5F51274E12D5E91889E7E03374658E3C50E7F150586B13C5A22CDE52A');
CREATE TABLE settings (
	key TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "settings" VALUES('admin_token','259fdcb377156abe');
INSERT INTO "settings" VALUES('host_id','sluice-40923180');
CREATE TABLE streams (
	destination TEXT PRIMARY KEY,
	last_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE tenants (
	name TEXT PRIMARY KEY
		CHECK (length(name) BETWEEN 1 AND 63 AND name NOT GLOB '*[^a-z0-9-]*' AND name NOT GLOB '-*' AND name NOT GLOB '*-'),
	display_name TEXT NOT NULL,
	limits TEXT NOT NULL,
	created_ms INTEGER NOT NULL,
	updated_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "tenants" VALUES('acme','Acme','{"pipelines":10,"sinks":["file","s3"]}',1795654019158,1795654019158);
INSERT INTO "tenants" VALUES('default','','{}',1795654019000,1795654019000);
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
INSERT INTO "tokens" VALUES(1,'259fdcb377156abe',X'A78648D9BB4F70A46C5ACC46AF787DD68D13E2AA95A97BDF7CEDBA1596531411','admin',NULL,'made at the first start',1795654019150,0,1795654019157);
INSERT INTO "tokens" VALUES(2,'57c14144a57b321d',X'B1C9D4357F8CAC2E8B3F2E95ABF0A12E3A9DEF8202E569D4227D336CEBFACB4A','operator','acme','of schema 1',1795654019159,0,0);
CREATE INDEX tokens_of_tenant ON tokens (tenant);
CREATE INDEX claims_of_pipeline ON claims (pipeline);
CREATE INDEX audit_of_tenant ON audit (tenant, id);
CREATE INDEX epochs_in_order ON epochs (subscription, number);
CREATE INDEX gaps_in_order ON gaps (subscription, number);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('tokens',2);
INSERT INTO "sqlite_sequence" VALUES('audit',6);
COMMIT;
