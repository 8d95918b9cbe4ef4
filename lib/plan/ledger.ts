import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';

/** Which ledger: its schema in the database, and the project it belongs to. */
export interface LedgerName {
  readonly schema: string;
  readonly project: string;
}

/** The layout of the journal below. A database with a higher number was written by a newer version and is refused (F40). */
export const ledgerFormat = 1;

/** Errors the ledger's own procedures raise: a class of our own, so that a runner can tell them apart. */
export const raised = {
  busy: 'UD001',
  moved: 'UD002',
  wrongProject: 'UD003',
  wrongStart: 'UD004',
  edited: 'UD005',
  readOnly: 'UD006',
  transactionEnded: 'UD007',
  invalidIndex: 'UD008',
  unfinished: 'UD009',
  unsupported: 'UD010',
} as const;

/** What differs between a run and a script. It is set just before a block, so that the block's own bytes are the same. */
export interface RunSettings {
  readonly channel: 'run' | 'script';
  readonly plan: string;
  readonly tool: string;
}

const settingName = 'updown.run';

export function printRunSettings(settings: RunSettings): string {
  const { channel, plan, tool } = settings;
  return `${settingName} = ${quoteLiteral(JSON.stringify({ channel, plan, tool }))}`;
}

/** What pg_stat_activity shows, for runs and scripts alike. */
export function applicationName(project: string): string {
  return `updown ${project}`;
}

/** Two-int advisory key: a product constant, and a hash of the ledger's schema, so that two ledgers never block each other (F27). */
export function lockKeys(schema: string): readonly [number, number] {
  return [0x7570646e, createHash('sha256').update(`${schema}.journal`).digest().readInt32BE(0)];
}

/** What a role that did not make the ledger needs to migrate. */
export function printGrants(schema: string): string {
  const s = quoteIdent(schema);
  return `GRANT USAGE ON SCHEMA ${s} TO <role>; GRANT SELECT, INSERT ON ${s}.journal TO <role>; GRANT SELECT ON ${s}.applied, ${s}.unfinished TO <role>;`;
}

/** Everything the ledger consists of, as statements without BEGIN and COMMIT. */
export function printLedger(name: LedgerName): string {
  const s = quoteIdent(name.schema);
  const [product, ledger] = lockKeys(name.schema);
  const lock = `pg_catalog.pg_try_advisory_xact_lock(${product}, ${ledger})`;
  return `CREATE SCHEMA IF NOT EXISTS ${s};

-- Append-only: nothing here is ever updated or deleted. The state of a revision is its latest entry.
CREATE TABLE ${s}.journal (
  seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision         text,
  event            text NOT NULL CHECK (event IN ('header', 'up', 'down', 'stamp', 'unstamp', 'start', 'progress', 'fail')),
  op               text CHECK (op IN ('up', 'down')),
  at               timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  who              text NOT NULL DEFAULT session_user,
  channel          text,
  digest           text,
  script           text,
  parents          text[],
  statement        integer,
  duration         interval,
  error            text,
  tool             text,
  application_name text DEFAULT pg_catalog.current_setting('application_name'),
  backend_pid      integer DEFAULT pg_catalog.pg_backend_pid(),
  detail           jsonb
);
CREATE INDEX journal_revision ON ${s}.journal (revision, seq);
CREATE INDEX journal_attempt ON ${s}.journal (seq) WHERE event IN ('header', 'start', 'progress');

CREATE VIEW ${s}.applied AS
SELECT revision, at, who, channel, digest, script, parents, event, seq
  FROM (SELECT DISTINCT ON (revision) * FROM ${s}.journal
         WHERE event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY revision, seq DESC) AS latest
 WHERE event IN ('up', 'stamp');

-- Non-transactional steps that were started and neither finished nor settled by a stamp.
CREATE VIEW ${s}.unfinished AS
SELECT DISTINCT ON (j.revision) j.revision, j.op, j.event, j.statement, j.at, j.who, j.backend_pid, j.seq
  FROM ${s}.journal j
 WHERE j.event IN ('start', 'progress')
   AND NOT EXISTS (SELECT FROM ${s}.journal k WHERE k.revision = j.revision AND k.seq > j.seq
                    AND k.event IN ('up', 'down', 'stamp', 'unstamp'))
 ORDER BY j.revision, j.seq DESC;

CREATE FUNCTION ${s}.is_applied(rev text) RETURNS boolean LANGUAGE plpgsql STABLE AS $updown$
BEGIN
  RETURN coalesce((SELECT j.event IN ('up', 'stamp') FROM ${s}.journal j
                    WHERE j.revision = rev AND j.event IN ('up', 'down', 'stamp', 'unstamp')
                    ORDER BY j.seq DESC LIMIT 1), false);
END
$updown$;

CREATE FUNCTION ${s}.heads() RETURNS text LANGUAGE sql STABLE AS $updown$
  SELECT coalesce(string_agg(a.revision, ', ' ORDER BY a.seq), 'base') FROM ${s}.applied a
   WHERE a.revision NOT IN (SELECT unnest(b.parents) FROM ${s}.applied b)
$updown$;

-- Every block starts here: the lock, the place, the project, and the state this step needs.
CREATE PROCEDURE ${s}.enter(op text, rev text, needs text[], bars text[], project text) LANGUAGE plpgsql AS $updown$
DECLARE
  other text;
BEGIN
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION 'this session cannot write: the server is a standby or the session is read-only'
      USING ERRCODE = '${raised.readOnly}', HINT = 'Connect to the primary with a role that may write.';
  END IF;
  IF NOT ${lock} THEN
    RAISE EXCEPTION 'another migration run holds the lock of schema ${s.replaceAll("'", "''").replaceAll('%', '%%')}'
      USING ERRCODE = '${raised.busy}', HINT = 'Its holder is in pg_locks: locktype advisory, classid ${product}, objid ${ledger >>> 0}.';
  END IF;
  SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM project THEN
    RAISE EXCEPTION 'the ledger belongs to project "%", these files to "%"', other, project USING ERRCODE = '${raised.wrongProject}';
  END IF;
  IF op IN ('up', 'down') THEN
    SELECT u.revision INTO other FROM ${s}.unfinished u LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'revision % was started outside a transaction and is not finished', other
        USING ERRCODE = '${raised.unfinished}', HINT = 'Run updown status.';
    END IF;
    IF ${s}.is_applied(rev) = (op = 'up') THEN
      RAISE EXCEPTION 'cannot run % of %: it is % applied', op, rev, CASE op WHEN 'up' THEN 'already' ELSE 'not' END
        USING ERRCODE = '${raised.moved}';
    END IF;
  END IF;
  FOREACH other IN ARRAY needs LOOP
    IF NOT ${s}.is_applied(other) THEN
      RAISE EXCEPTION 'cannot run % of %: % is not applied', op, rev, other USING ERRCODE = '${raised.moved}';
    END IF;
  END LOOP;
  FOREACH other IN ARRAY bars LOOP
    IF ${s}.is_applied(other) THEN
      RAISE EXCEPTION 'cannot run % of %: % is still applied', op, rev, other USING ERRCODE = '${raised.moved}';
    END IF;
  END LOOP;
  PERFORM pg_catalog.set_config('updown.step', rev, true);
END
$updown$;

-- The tripwire: a file that ended its own transaction has lost what enter set. RESET ALL loses the setting but not the lock.
CREATE PROCEDURE ${s}.check_transaction(rev text) LANGUAGE plpgsql AS $updown$
BEGIN
  IF pg_catalog.current_setting('updown.step', true) IS DISTINCT FROM rev AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_locks l
     WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
       AND l.classid::bigint = ${product} AND l.objid::bigint = ${ledger >>> 0} AND l.objsubid = 2)
  THEN
    RAISE EXCEPTION 'revision % ended its own transaction', rev
      USING ERRCODE = '${raised.transactionEnded}',
            HINT = 'What ran before its COMMIT stands, and nothing is recorded: undo it by hand, then take the COMMIT or ROLLBACK out of the file.';
  END IF;
END
$updown$;

CREATE PROCEDURE ${s}.record(event text, op text, rev text, digest text, parents text[], statement integer, error text)
LANGUAGE plpgsql AS $updown$
DECLARE
  run jsonb := nullif(pg_catalog.current_setting('${settingName}', true), '')::jsonb;
BEGIN
  INSERT INTO ${s}.journal (event, op, revision, digest, parents, statement, error, channel, script, tool, duration)
  VALUES (event, op, rev, digest, parents, statement, error, coalesce(run ->> 'channel', 'script'), run ->> 'plan', run ->> 'tool',
          pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp());
END
$updown$;

-- Every transactional step ends here.
CREATE PROCEDURE ${s}.leave(op text, rev text, digest text, parents text[]) LANGUAGE plpgsql AS $updown$
BEGIN
  CALL ${s}.check_transaction(rev);
  CALL ${s}.record(op, op, rev, digest, parents, NULL, NULL);
END
$updown$;

-- A non-transactional step goes from statement to statement; each is recorded before the next one starts.
CREATE PROCEDURE ${s}.resume(op text, rev text, done integer) LANGUAGE plpgsql AS $updown$
DECLARE
  stands integer;
BEGIN
  IF NOT ${lock} THEN
    RAISE EXCEPTION 'another migration run holds the lock' USING ERRCODE = '${raised.busy}';
  END IF;
  SELECT coalesce(u.statement, 0) INTO stands FROM ${s}.unfinished u WHERE u.revision = rev AND u.op = resume.op;
  IF stands IS DISTINCT FROM done THEN
    RAISE EXCEPTION 'cannot go on with % of % after statement %: the ledger stands at %', op, rev, done, coalesce(stands::text, 'no start')
      USING ERRCODE = '${raised.moved}';
  END IF;
  PERFORM pg_catalog.set_config('updown.step', rev, true);
END
$updown$;

-- An index that ended up INVALID, or that IF NOT EXISTS found INVALID, is never recorded as built (F24).
CREATE PROCEDURE ${s}.check_index(relation text, index_name text) LANGUAGE plpgsql AS $updown$
DECLARE
  bad text;
  known boolean;
BEGIN
  SELECT string_agg(c.relname, ', ') FILTER (WHERE NOT (i.indisvalid AND i.indisready)), pg_catalog.bool_or(true) INTO bad, known
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = pg_catalog.to_regclass(relation) AND (index_name IS NULL OR c.relname = index_name);
  IF bad IS NOT NULL THEN
    RAISE EXCEPTION 'index % on % is INVALID', bad, relation
      USING ERRCODE = '${raised.invalidIndex}', HINT = 'Drop it with DROP INDEX CONCURRENTLY and find out why the build failed.';
  ELSIF known IS NULL THEN
    RAISE EXCEPTION 'index % on % is not there', coalesce(index_name, '(any)'), relation USING ERRCODE = '${raised.invalidIndex}';
  END IF;
END
$updown$;

INSERT INTO ${s}.journal (event, channel, tool, detail)
SELECT 'header', run ->> 'channel', run ->> 'tool', ${quoteLiteral(JSON.stringify({ project: name.project, format: ledgerFormat }))}
  FROM (SELECT pg_catalog.current_setting('${settingName}')::jsonb) AS settings(run);
`;
}
