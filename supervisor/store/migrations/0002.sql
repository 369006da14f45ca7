-- A DELETE that waits for its pipeline to end, kept with the stop: who asked for it. A start takes it back.
CREATE TABLE deletions (
	pipeline TEXT PRIMARY KEY REFERENCES pipelines (id) ON DELETE CASCADE,
	who TEXT NOT NULL,
	role TEXT NOT NULL,
	address TEXT NOT NULL,
	request_id TEXT NOT NULL,
	discard INTEGER NOT NULL CHECK (discard IN (0, 1))
) STRICT, WITHOUT ROWID;
