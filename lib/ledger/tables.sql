-- The ledger: which revisions this database has, and how that came about. Nothing in the journal is ever updated or
-- deleted: the state of a revision is its latest entry.
DO $updown$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'ledger') THEN
    -- Where Citus makes each new schema one of its own, this one stays where it is made.
    PERFORM set_config('citus.enable_schema_based_sharding', 'off', true)
      WHERE current_setting('citus.enable_schema_based_sharding', true) IS NOT NULL;
    CREATE SCHEMA ledger;
  END IF;
END
$updown$;

CREATE TABLE ledger.journal (
  seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision         text,
  event            text NOT NULL
                   CHECK (event IN ('header', 'up', 'down', 'stamp', 'unstamp', 'start', 'progress', 'fail')),
  op               text CHECK (op IN ('up', 'down')),
  at               timestamptz NOT NULL DEFAULT clock_timestamp(),
  who              text NOT NULL DEFAULT session_user,
  channel          text,
  digest           text,
  script           text,
  parents          text[],
  statement        integer,
  duration         interval,
  error            text,
  tool             text,
  application_name text DEFAULT current_setting('application_name'),
  detail           jsonb
);
CREATE INDEX journal_revision ON ledger.journal (revision, seq);
CREATE INDEX journal_attempt ON ledger.journal (seq) WHERE event IN ('header', 'start', 'progress');

-- Which backend works on a step outside a transaction, or did, by the entry that it made.
CREATE TABLE ledger.worker (
  seq           bigint CONSTRAINT nothing_is_kept_turn_off_your_clients_savepoints
                PRIMARY KEY DEFERRABLE INITIALLY DEFERRED,
  backend_pid   integer NOT NULL,
  backend_start timestamptz
);

CREATE VIEW ledger.applied AS
SELECT revision, at, who, channel, digest, script, parents, event, seq FROM (
  SELECT DISTINCT ON (revision) * FROM ledger.journal
   WHERE event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY revision, seq DESC) AS latest
 WHERE event IN ('up', 'stamp');

-- Steps outside a transaction that were started, and neither finished nor settled by a stamp.
CREATE VIEW ledger.unfinished AS
SELECT DISTINCT ON (j.revision)
       j.revision, j.op, j.event, j.statement, j.digest, j.at, j.who, w.backend_pid, w.backend_start, j.detail, j.seq
  FROM ledger.journal j LEFT JOIN ledger.worker w ON w.seq = j.seq
 WHERE j.event IN ('start', 'progress') AND NOT EXISTS (
   SELECT FROM ledger.journal k
    WHERE k.revision = j.revision AND k.seq > j.seq AND k.event IN ('up', 'down', 'stamp', 'unstamp'))
 ORDER BY j.revision, j.seq DESC;

