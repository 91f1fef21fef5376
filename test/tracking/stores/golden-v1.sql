-- A store as schema version 1 (leeway 0.1.0) wrote it. Never changed: later versions have to read it.
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE experiments (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, pos INTEGER NOT NULL, run INTEGER NOT NULL, widest INTEGER NOT NULL
);
CREATE TABLE entries (
  id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL, pos INTEGER NOT NULL, event TEXT NOT NULL, key TEXT NOT NULL,
  run INTEGER NOT NULL, run_end INTEGER NOT NULL, parent INTEGER, step NUMERIC, rows INTEGER NOT NULL,
  dt NUMERIC NOT NULL, dt_end NUMERIC NOT NULL, node TEXT NOT NULL, userid TEXT NOT NULL, value TEXT NOT NULL, bytes BLOB
);
CREATE UNIQUE INDEX entries_pos ON entries (experiment, pos);
CREATE INDEX entries_event ON entries (experiment, event, pos);
CREATE INDEX entries_key ON entries (experiment, event, key, pos);
CREATE INDEX entries_run ON entries (experiment, run_end, pos, run);
CREATE INDEX entries_event_run ON entries (experiment, event, run_end, pos);
CREATE INDEX entries_key_run ON entries (experiment, event, key, run_end, pos);
CREATE INDEX entries_time ON entries (experiment, dt_end, pos);
CREATE TABLE parts (
  id INTEGER PRIMARY KEY, experiment INTEGER NOT NULL, key TEXT NOT NULL, level INTEGER NOT NULL,
  pos_from INTEGER NOT NULL, pos_to INTEGER NOT NULL, rows INTEGER NOT NULL,
  dt NUMERIC NOT NULL, dt_end NUMERIC NOT NULL, replaced_at NUMERIC, bytes BLOB
);
CREATE UNIQUE INDEX parts_live ON parts (experiment, key, pos_from, pos_to, rows) WHERE replaced_at IS NULL;
CREATE INDEX parts_folds ON parts (experiment, key, pos_to, pos_from) WHERE replaced_at IS NULL AND level > 0;
CREATE INDEX parts_replaced ON parts (replaced_at) WHERE replaced_at IS NOT NULL;
CREATE TABLE cuts (
  experiment INTEGER NOT NULL, key TEXT NOT NULL, pos INTEGER NOT NULL, PRIMARY KEY (experiment, key, pos)
) WITHOUT ROWID;
CREATE TABLE monitors (
  experiment INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL,
  cursor INTEGER NOT NULL, captured INTEGER NOT NULL, PRIMARY KEY (experiment, name)
) WITHOUT ROWID;
CREATE TABLE deliveries (
  id INTEGER PRIMARY KEY AUTOINCREMENT, experiment INTEGER NOT NULL, monitor TEXT NOT NULL, name TEXT NOT NULL UNIQUE,
  payload TEXT NOT NULL, attempts INTEGER NOT NULL
);
CREATE INDEX deliveries_experiment ON deliveries (experiment, id);
CREATE TABLE leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, until NUMERIC NOT NULL) WITHOUT ROWID;
INSERT INTO meta (name, value) VALUES ('min_writer', 1);
INSERT INTO experiments (id, name, pos, run, widest) VALUES (1, 'héllo\u0000', 4, 7, 3);
INSERT INTO entries (id, experiment, pos, event, key, run, run_end, parent, step, rows, dt, dt_end, node, userid, value, bytes) VALUES (1, 1, 1, 'predict', 'm', 1, 3, 1, 0.5, 3, 10, 20, 'n', 'u', '{"a":["🛥️"]}', X'010203');
INSERT INTO entries (id, experiment, pos, event, key, run, run_end, parent, step, rows, dt, dt_end, node, userid, value, bytes) VALUES (2, 1, 2, 'predict', 'm', 4, 5, NULL, NULL, 2, 10, 20, 'n', 'u', 'null', X'04');
INSERT INTO entries (id, experiment, pos, event, key, run, run_end, parent, step, rows, dt, dt_end, node, userid, value, bytes) VALUES (3, 1, 3, 'predict', 'm', 6, 6, NULL, NULL, 1, 10, 20, 'n', 'u', 'null', X'');
INSERT INTO entries (id, experiment, pos, event, key, run, run_end, parent, step, rows, dt, dt_end, node, userid, value, bytes) VALUES (4, 1, 4, 'snapshot', 'm', 7, 7, NULL, NULL, 0, 30, 30, 'n', 'u', '{"seq":0}', X'09');
INSERT INTO parts (id, experiment, key, level, pos_from, pos_to, rows, dt, dt_end, replaced_at, bytes) VALUES (1, 1, 'm', 0, 1, 1, 3, 10, 20, 1000, NULL);
INSERT INTO parts (id, experiment, key, level, pos_from, pos_to, rows, dt, dt_end, replaced_at, bytes) VALUES (2, 1, 'm', 0, 2, 2, 2, 10, 20, 1000, NULL);
INSERT INTO parts (id, experiment, key, level, pos_from, pos_to, rows, dt, dt_end, replaced_at, bytes) VALUES (3, 1, 'm', 0, 3, 3, 1, 10, 20, NULL, NULL);
INSERT INTO parts (id, experiment, key, level, pos_from, pos_to, rows, dt, dt_end, replaced_at, bytes) VALUES (4, 1, 'm', 1, 1, 2, 5, 10, 20, NULL, X'09');
INSERT INTO cuts (experiment, key, pos) VALUES (1, 'm', 2);
INSERT INTO monitors (experiment, name, key, version, seq, cursor, captured) VALUES (1, 'mon', 'm', 1, 0, 2, 0);
INSERT INTO deliveries (id, experiment, monitor, name, payload, attempts) VALUES (1, 1, 'mon', 'd', '[1]', 1);
INSERT INTO leases (name, owner, until) VALUES ('jobs', 'n', 2000);
PRAGMA application_id = 1818584439;
PRAGMA user_version = 1;
