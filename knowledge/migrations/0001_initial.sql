-- The first schema. {blob} is filled in for the database at hand; everything else is plain SQL for SQLite and PostgreSQL.
-- Ids are given by the one writer and never used twice.
-- Dates are ISO text (they sort as dates); locators, units and reports are JSON text.
CREATE TABLE document (
  id INTEGER PRIMARY KEY,
  ref TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  file TEXT NOT NULL,
  path TEXT NOT NULL,
  format TEXT NOT NULL,
  kind TEXT NOT NULL,
  title TEXT,
  doc_number TEXT,
  doc_number_key TEXT,
  issuer TEXT,
  region TEXT,
  published TEXT,
  effective TEXT,
  signals TEXT NOT NULL,
  report TEXT NOT NULL,
  changes TEXT,
  given TEXT NOT NULL,
  parser TEXT NOT NULL,
  digest TEXT NOT NULL,
  provisions INTEGER NOT NULL,
  entries INTEGER NOT NULL,
  requirements INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  next_row INTEGER NOT NULL,
  active INTEGER NOT NULL,
  replaced_by INTEGER REFERENCES document (id),
  ingested_at TEXT NOT NULL
);
CREATE INDEX document_sha256 ON document (sha256, active);
CREATE INDEX document_file ON document (file, active);
CREATE INDEX document_ref ON document (ref);
CREATE INDEX document_number ON document (doc_number_key);

CREATE TABLE document_text (
  document_id INTEGER PRIMARY KEY REFERENCES document (id),
  data {blob} NOT NULL
);

CREATE TABLE instrument (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  ref TEXT NOT NULL,
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  version TEXT NOT NULL,
  part TEXT,
  level TEXT NOT NULL,
  region TEXT NOT NULL,
  issuer TEXT,
  doc_number TEXT,
  doc_number_key TEXT,
  published TEXT,
  effective TEXT,
  ended TEXT,
  ended_by TEXT,
  ended_source TEXT,
  status TEXT NOT NULL,
  effective_basis TEXT,
  history TEXT NOT NULL,
  text_kind TEXT NOT NULL,
  shadowed_by INTEGER,
  last_article INTEGER
);
CREATE INDEX instrument_document ON instrument (document_id);
CREATE INDEX instrument_name ON instrument (name);
CREATE INDEX instrument_ref ON instrument (ref);
CREATE INDEX instrument_number ON instrument (doc_number_key);

CREATE TABLE provision (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  instrument_id INTEGER REFERENCES instrument (id),
  ref TEXT NOT NULL,
  label TEXT NOT NULL,
  kind TEXT NOT NULL,
  number INTEGER,
  sub INTEGER NOT NULL,
  text TEXT NOT NULL,
  headings TEXT NOT NULL,
  units TEXT NOT NULL,
  locator TEXT NOT NULL,
  text_kind TEXT NOT NULL,
  ord INTEGER NOT NULL
);
CREATE INDEX provision_document ON provision (document_id);
CREATE INDEX provision_instrument ON provision (instrument_id, number, sub);
CREATE INDEX provision_ref ON provision (ref);

CREATE TABLE list_entry (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  row_number INTEGER NOT NULL,
  list_kind TEXT NOT NULL,
  proof_name TEXT NOT NULL,
  matter TEXT,
  purpose TEXT,
  original_basis TEXT,
  requesting_body TEXT,
  issuing_body TEXT,
  replacement TEXT,
  path TEXT NOT NULL,
  serial TEXT,
  extra TEXT NOT NULL,
  locator TEXT NOT NULL,
  ord INTEGER NOT NULL
);
CREATE INDEX list_entry_document ON list_entry (document_id, row_number);
CREATE INDEX list_entry_proof ON list_entry (proof_name);

CREATE TABLE requirement (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  provision_id INTEGER REFERENCES provision (id),
  provision TEXT NOT NULL,
  material TEXT NOT NULL,
  is_proof INTEGER NOT NULL,
  strength TEXT NOT NULL,
  negative INTEGER NOT NULL,
  proof TEXT,
  matter TEXT,
  condition TEXT,
  issuing_body TEXT,
  addressee TEXT,
  recipient TEXT,
  sentence TEXT NOT NULL,
  span_start INTEGER NOT NULL,
  span_end INTEGER NOT NULL,
  ord INTEGER NOT NULL
);
CREATE INDEX requirement_document ON requirement (document_id);
CREATE INDEX requirement_provision ON requirement (provision_id);
CREATE INDEX requirement_proof ON requirement (proof);

CREATE TABLE repeal_fact (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  name TEXT NOT NULL,
  title TEXT NOT NULL,
  on_day TEXT,
  by_ref TEXT NOT NULL,
  locator TEXT NOT NULL
);
CREATE INDEX repeal_fact_name ON repeal_fact (name);
CREATE INDEX repeal_fact_document ON repeal_fact (document_id);

CREATE TABLE norm (
  id INTEGER PRIMARY KEY,
  document_id INTEGER NOT NULL REFERENCES document (id),
  instrument_id INTEGER REFERENCES instrument (id),
  provision_id INTEGER REFERENCES provision (id),
  norm_key TEXT NOT NULL,
  data TEXT NOT NULL,
  locator TEXT NOT NULL,
  ord INTEGER NOT NULL
);
CREATE INDEX norm_document ON norm (document_id);
CREATE INDEX norm_key ON norm (norm_key);

CREATE TABLE correction (
  id INTEGER PRIMARY KEY,
  sha256 TEXT NOT NULL,
  document_ref TEXT NOT NULL,
  place TEXT NOT NULL,
  field TEXT NOT NULL,
  old_text TEXT NOT NULL,
  new_text TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  created TEXT NOT NULL
);
CREATE INDEX correction_document ON correction (document_ref);

CREATE TABLE meta (
  key TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
