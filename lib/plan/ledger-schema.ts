import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { cleaning } from './block.ts';
import { type LedgerName, ledgerFormat, lockKeys, raised, settingName } from './ledger.ts';
import { printBareSteps } from './ledger-bare.ts';
import { printIndexChecks, printIndexSearch } from './ledger-indexes.ts';
import { printSessionState } from './ledger-session.ts';

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
  detail           jsonb
);
CREATE INDEX journal_revision ON ${s}.journal (revision, seq);
CREATE INDEX journal_attempt ON ${s}.journal (seq) WHERE event IN ('header', 'start', 'progress');

-- Which backend works on a step outside a transaction, or did, by the entry it made. No part of the journal: it says nothing of the schema.
CREATE TABLE ${s}.worker (
  seq           bigint PRIMARY KEY,
  backend_pid   integer NOT NULL,
  backend_start timestamptz
);

CREATE VIEW ${s}.applied AS
SELECT revision, at, who, channel, digest, script, parents, event, seq
  FROM (SELECT DISTINCT ON (revision) * FROM ${s}.journal
         WHERE event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY revision, seq DESC) AS latest
 WHERE event IN ('up', 'stamp');

-- Steps outside a transaction that were started, and neither finished nor settled by a stamp. backend_* is who works on it, or did.
CREATE VIEW ${s}.unfinished AS
SELECT DISTINCT ON (j.revision) j.revision, j.op, j.event, j.statement, j.digest, j.at, j.who, w.backend_pid, w.backend_start, j.detail, j.seq
  FROM ${s}.journal j LEFT JOIN ${s}.worker w ON w.seq = j.seq
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

-- Behind which statement a step goes on that was started just now; -1 where no run worked on it before.
CREATE FUNCTION ${s}.recorded(op text, rev text) RETURNS integer LANGUAGE sql STABLE AS $updown$
  SELECT coalesce((SELECT u.statement FROM ${s}.unfinished u
                    WHERE u.revision = rev AND u.op = recorded.op AND u.detail @> '{"resumes": true}'), -1)
$updown$;

-- Whether the backend that made an entry is still there. A backend_start we may not see counts as the same.
CREATE FUNCTION ${s}.is_alive(pid integer, since timestamptz) RETURNS boolean LANGUAGE sql STABLE AS $updown$
  SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                  WHERE a.pid = is_alive.pid AND a.pid <> pg_catalog.pg_backend_pid() AND coalesce(a.backend_start = since, true))
$updown$;

-- The indexes these tables have now, to tell later which ones a broken off statement left behind.
CREATE FUNCTION ${s}.indexes_of(tables text[]) RETURNS jsonb LANGUAGE sql STABLE AS $updown$
  SELECT jsonb_build_object('indexes', coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]'))
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid IN (SELECT pg_catalog.to_regclass(t) FROM unnest(tables) AS t)
$updown$;

-- Whether something is there that a statement outside a transaction makes or takes away.
CREATE FUNCTION ${s}.is_there(kind text, name text, parent text) RETURNS boolean LANGUAGE sql STABLE AS $updown$
  SELECT CASE kind
    WHEN 'index' THEN pg_catalog.to_regclass(name) IS NOT NULL
    WHEN 'partition' THEN EXISTS (SELECT FROM pg_catalog.pg_inherits
                                   WHERE inhparent = pg_catalog.to_regclass(parent) AND inhrelid = pg_catalog.to_regclass(name))
    WHEN 'database' THEN EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = name)
    WHEN 'tablespace' THEN EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = name)
    WHEN 'subscription' THEN EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subname = name)
  END
$updown$;

-- Whether it was otherwise when the last entry of an unfinished step was made. What was so before is not the broken off statement's doing.
CREATE FUNCTION ${s}.has_become(rev text, key text, now boolean, wanted boolean) RETURNS boolean LANGUAGE sql STABLE AS $updown$
  SELECT now = wanted AND coalesce((SELECT (u.detail ->> key)::boolean <> wanted FROM ${s}.unfinished u WHERE u.revision = rev), false)
$updown$;

${printIndexSearch(s)}${printSessionState(s, name.schema)}CREATE FUNCTION ${s}.heads() RETURNS text LANGUAGE sql STABLE AS $updown$
  SELECT coalesce(string_agg(a.revision, ', ' ORDER BY a.seq), 'base') FROM ${s}.applied a
   WHERE a.revision NOT IN (SELECT unnest(b.parents) FROM ${s}.applied b)
$updown$;

-- Every step starts here: may it be done, here, now? The lock, the project, nobody's half-done work, and the state it needs.
CREATE PROCEDURE ${s}.enter(op text, rev text, needs text[], bars text[], project text) LANGUAGE plpgsql AS $updown$
DECLARE
  run jsonb := nullif(pg_catalog.current_setting('${settingName}', true), '')::jsonb;
  other text;
BEGIN
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION 'this session cannot write: the server is a standby or the session is read-only'
      USING ERRCODE = '${raised.readOnly}', HINT = 'Connect to the primary with a role that may write.';
  END IF;
  -- By these the same SQL checks, reads or writes something else, and not everybody may set them.
  IF pg_catalog.current_setting('session_replication_role') <> 'origin' OR pg_catalog.current_setting('transform_null_equals')::boolean
     OR NOT pg_catalog.current_setting('array_nulls')::boolean THEN
    RAISE EXCEPTION 'this session would run SQL otherwise than it was reviewed: session_replication_role is %, transform_null_equals is %, array_nulls is %',
      pg_catalog.current_setting('session_replication_role'), pg_catalog.current_setting('transform_null_equals'), pg_catalog.current_setting('array_nulls')
      USING ERRCODE = '${raised.reading}', HINT = 'They have to be origin, off and on: look at the client, ALTER ROLE and ALTER DATABASE.';
  END IF;
  IF NOT ${lock} THEN
    RAISE EXCEPTION 'another run holds the lock'
      USING ERRCODE = '${raised.busy}', HINT = 'Its holder is in pg_locks: locktype advisory, classid ${product}, objid ${ledger >>> 0}.';
  END IF;
  SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM project THEN
    RAISE EXCEPTION 'the ledger belongs to project "%", these files to "%"', other, project USING ERRCODE = '${raised.wrongProject}';
  END IF;
  -- A step may go on with its own half-done work once whoever did it is gone, and a stamp may settle any; all others wait for it.
  PERFORM FROM ${s}.journal j
   WHERE j.event = 'start' AND NOT EXISTS (SELECT FROM ${s}.journal k WHERE k.revision = j.revision AND k.seq > j.seq
                                            AND k.event IN ('up', 'down', 'stamp', 'unstamp')) LIMIT 1;
  IF FOUND THEN
    CALL ${s}.check_unfinished(op, rev);
  -- By what depends on their schema: there is an index for that, and none of the classes in a schema.
  ELSIF pg_catalog.pg_my_temp_schema() <> 0 AND EXISTS (
    SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
     WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = pg_catalog.pg_my_temp_schema() AND d.classid = 'pg_catalog.pg_class'::regclass
       AND c.relkind IN ('r', 'p', 'v', 'S') AND c.relname <> 'updown_savepoints')
  THEN
    RAISE EXCEPTION 'this session has temporary tables, and a name in the file might mean one of them'
      USING ERRCODE = '${raised.unsupported}', HINT = 'Use a session of its own, or DISCARD TEMP first.';
  END IF;
  IF op IN ('up', 'down') THEN
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
  IF run ? 'ids' OR run ? 'after' THEN
    CALL ${s}.check_place(rev, run);
  END IF;
  PERFORM pg_catalog.set_config('updown.step', rev, true);
END
$updown$;

-- A script for clients that neither skip nor stop says where each step belongs: at one state, or right behind the step before it.
CREATE PROCEDURE ${s}.check_place(rev text, run jsonb) LANGUAGE plpgsql AS $updown$
DECLARE
  last record;
  ids text;
  contents text;
BEGIN
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
    RAISE EXCEPTION 'standard_conforming_strings is off: strings would not mean what was reviewed'
      USING ERRCODE = '${raised.reading}', HINT = 'SET standard_conforming_strings = on; then run this again.';
  END IF;
  IF run ? 'after' THEN
    SELECT j.revision, j.script INTO last FROM ${s}.journal j
     WHERE j.event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY j.seq DESC LIMIT 1;
    IF last.revision IS DISTINCT FROM run ->> 'after' OR last.script IS DISTINCT FROM run ->> 'plan' THEN
      RAISE EXCEPTION 'cannot run the step of %: the one before it in this script, of %, is not the last thing that was done here', rev, run ->> 'after'
        USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Run the script from its first failure on, or emit one from where the database stands: updown status.';
    END IF;
    RETURN;
  END IF;
  SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(string_agg(a.revision, E'\\n' ORDER BY a.revision COLLATE "C"), ''), 'UTF8')), 'hex'),
         pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(string_agg(a.revision || ' ' || a.digest, E'\\n' ORDER BY a.revision COLLATE "C"), ''), 'UTF8')), 'hex')
    INTO ids, contents FROM ${s}.applied a;
  IF ids <> run ->> 'ids' OR contents <> run ->> 'contents' THEN
    RAISE EXCEPTION 'cannot run the step of %: this script does not start where the database stands, at %', rev, ${s}.heads()
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
  END IF;
END
$updown$;

CREATE PROCEDURE ${s}.check_unfinished(op text, rev text) LANGUAGE plpgsql AS $updown$
DECLARE
  half record;
BEGIN
  FOR half IN SELECT u.*, ${s}.is_alive(u.backend_pid, u.backend_start) AS alive FROM ${s}.unfinished u LOOP
    IF half.alive THEN
      RAISE EXCEPTION 'pid % works on % of %, outside a transaction', half.backend_pid, half.op, half.revision
        USING ERRCODE = '${raised.busy}', HINT = format('To end it: SELECT pg_terminate_backend(%s);', half.backend_pid);
    ELSIF check_unfinished.op <> 'stamp' AND (half.revision <> rev OR half.op <> check_unfinished.op) THEN
      RAISE EXCEPTION '% of % was started outside a transaction and is not finished', half.op, half.revision
        USING ERRCODE = '${raised.unfinished}', HINT = 'Finish that one first: updown status says how.';
    END IF;
  END LOOP;
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

-- What the gate can't see: a function or a DO that changes how the rest of the text is read, by psql otherwise than in a run (F60, F64).
CREATE PROCEDURE ${s}.check_reading(rev text) LANGUAGE plpgsql AS $updown$
BEGIN
  IF pg_catalog.current_setting('client_encoding') <> 'UTF8' OR pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
    RAISE EXCEPTION 'revision % has changed client_encoding or standard_conforming_strings', rev
      USING ERRCODE = '${raised.reading}', HINT = 'Take that out: the SQL behind it would be read otherwise than it was reviewed.';
  END IF;
END
$updown$;

-- RESET ALL leaves a prepared statement alone.
CREATE PROCEDURE ${s}.keep() LANGUAGE plpgsql AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'updown_run') THEN
    DEALLOCATE updown_run;
  END IF;
  EXECUTE format('PREPARE updown_run AS SELECT pg_catalog.set_config(%L, %L, true), pg_catalog.set_config(%L, %L, true)',
                 '${settingName}', pg_catalog.current_setting('${settingName}', true), 'application_name', pg_catalog.current_setting('application_name'));
END
$updown$;

CREATE PROCEDURE ${s}.recall() LANGUAGE plpgsql AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'updown_run') THEN
    EXECUTE 'EXECUTE updown_run';
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

-- Every step that runs a file ends here, and with it whatever the file left in the session. How the rest of a script is read stays.
CREATE PROCEDURE ${s}.leave(op text, rev text, digest text, parents text[]) LANGUAGE plpgsql AS $updown$
DECLARE
  run jsonb := nullif(pg_catalog.current_setting('${settingName}', true), '')::jsonb;
BEGIN
  IF pg_catalog.current_setting('updown.step', true) IS DISTINCT FROM rev THEN
    CALL ${s}.check_transaction(rev);
  END IF;
  CALL ${s}.check_reading(rev);
  -- Of the session alone: our own lock goes with its transaction.
  PERFORM pg_catalog.pg_advisory_unlock_all();
  INSERT INTO ${s}.journal (event, op, revision, digest, parents, channel, script, tool, duration)
  VALUES (op, op, rev, digest, parents, coalesce(run ->> 'channel', 'script'), run ->> 'plan', run ->> 'tool',
          pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp());
${cleaning.map((command) => `  EXECUTE '${command}';\n`).join('')}  PERFORM pg_catalog.set_config('client_encoding', 'UTF8', false), pg_catalog.set_config('standard_conforming_strings', 'on', false);
END
$updown$;

${printBareSteps(s, name.schema)}${printIndexChecks(s)}INSERT INTO ${s}.journal (event, channel, tool, detail)
SELECT 'header', run ->> 'channel', run ->> 'tool', ${quoteLiteral(JSON.stringify({ project: name.project, format: ledgerFormat }))}
  FROM (SELECT pg_catalog.current_setting('${settingName}')::jsonb) AS settings(run);
`;
}
