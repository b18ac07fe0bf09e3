CREATE TABLE run (
  run INTEGER PRIMARY KEY AUTOINCREMENT,
  app TEXT NOT NULL,
  job TEXT NOT NULL,
  slot TEXT NOT NULL,
  due INTEGER NOT NULL,
  asked INTEGER NOT NULL,
  state TEXT NOT NULL,
  reason TEXT,
  why TEXT,
  attempts INTEGER NOT NULL DEFAULT 0,
  begin_at INTEGER,
  started INTEGER,
  ended INTEGER,
  result TEXT,
  error TEXT,
  UNIQUE (app, job, slot)
) STRICT;
CREATE INDEX run_goes_on ON run (state) WHERE state IN ('waiting', 'running');
CREATE INDEX run_of_job ON run (app, job, due);

CREATE TABLE attempt (
  run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  started INTEGER NOT NULL,
  ended INTEGER,
  state TEXT NOT NULL,
  error TEXT,
  PRIMARY KEY (run, attempt)
) STRICT, WITHOUT ROWID;

CREATE TABLE job (
  app TEXT NOT NULL,
  job TEXT NOT NULL,
  schedule TEXT NOT NULL,
  decided INTEGER NOT NULL,
  disabled INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (app, job)
) STRICT, WITHOUT ROWID;

CREATE TABLE host (
  name TEXT NOT NULL
) STRICT;
