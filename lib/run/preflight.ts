import { createHash } from 'node:crypto';
import { raised } from '../plan/ledger.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';

/**
 * The first statement of a script: it refuses the wrong server, project or state, so that nothing is changed where the script does not
 * belong. A run decides the same from the ledger it has read.
 */
export function printPreflight(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  const journal = quoteLiteral(`${s}.journal`);
  return `-- 0. Preflight: stops here, before anything is changed, unless this is the right database in the right state.
DO $updown$
DECLARE
  direction CONSTANT text := ${quoteLiteral(directionOf(script))};
  project CONSTANT text := ${quoteLiteral(script.ledger.project)};
  -- every revision this script touches, in order${directionOf(script) === 'up' ? ', with the digest of its up.sql' : ''}
  steps CONSTANT text[] := ${printList(entriesOf(script).map(({ id }) => id))};
  digests CONSTANT text[] := ${printList(directionOf(script) === 'up' ? entriesOf(script).map(({ digest }) => digest) : [])};
  other text;
  stands text := 'base';
  ids text := ${quoteLiteral(emptyHash)};
  contents text := ${quoteLiteral(emptyHash)};
  done bigint := 0;
  last bigint := 0;
  caller CONSTANT text := current_user;
BEGIN
  -- Each step ends with these two: what comes after the first would run as somebody else.
  RESET SESSION AUTHORIZATION;
  RESET ROLE;
  IF current_user <> caller THEN
    RAISE EXCEPTION 'this session has set its role to "%"', caller
      USING ERRCODE = '${raised.unsupported}', HINT = 'Nothing was changed. Connect as that role, or pin it: "settings": {"role": ...} in updown.json.';
  END IF;
  IF pg_catalog.current_setting('server_version_num')::integer < 120000 THEN
    RAISE EXCEPTION 'this script needs PostgreSQL 12 or later, the server is %', pg_catalog.current_setting('server_version') USING ERRCODE = '${raised.unsupported}';
  END IF;
  IF pg_catalog.pg_is_in_recovery() THEN
    RAISE EXCEPTION 'this server is a standby' USING ERRCODE = '${raised.readOnly}', HINT = 'Connect to the primary.';
  END IF;
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION 'this session is read-only' USING ERRCODE = '${raised.readOnly}', HINT = 'Look for default_transaction_read_only on the role or the database.';
  END IF;
  IF pg_catalog.to_regclass(${journal}) IS NOT NULL THEN
    SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
    IF other IS DISTINCT FROM project THEN
      RAISE EXCEPTION 'the ledger belongs to project "%", this script to "%"', other, project USING ERRCODE = '${raised.wrongProject}';
    END IF;
    SELECT u.revision INTO other FROM ${s}.unfinished u
     WHERE direction <> 'stamp' AND NOT (u.revision = ANY (steps) AND u.op = direction) LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'revision % was started outside a transaction and is not finished', other
        USING ERRCODE = '${raised.unfinished}', HINT = 'Nothing was changed. Finish that one first: updown status says how.';
    END IF;
    stands := ${s}.heads();
    SELECT coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(string_agg(a.revision, E'\\n' ORDER BY a.revision COLLATE "C"), 'UTF8')), 'hex'), ids),
           coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(string_agg(a.revision || ' ' || a.digest, E'\\n' ORDER BY a.revision COLLATE "C"), 'UTF8')), 'hex'), contents)
      INTO ids, contents
      FROM ${s}.applied a WHERE a.revision NOT IN (SELECT pg_catalog.unnest(steps));
    SELECT a.revision INTO other FROM ${s}.applied a JOIN unnest(steps, digests) AS p(id, digest) ON p.id = a.revision
     WHERE direction = 'up' AND a.digest IS DISTINCT FROM p.digest LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION 'revision % was applied from other SQL than this script holds', other USING ERRCODE = '${raised.edited}';
    END IF;
    SELECT count(*), coalesce(max(p.position), 0) INTO done, last
      FROM pg_catalog.unnest(steps) WITH ORDINALITY AS p(id, position)
     WHERE direction <> 'stamp' AND (direction = 'up') = EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = p.id);${printStampCheck(script)}
  ELSIF direction = 'down' THEN
    last := 1;
  END IF;
  IF ids <> ${quoteLiteral(script.start.ids)} OR done <> last THEN
    RAISE EXCEPTION 'this script starts from ${printHeads(script.start.heads)}, the database stands at %', stands
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
  END IF;${printContentsCheck(script)}
END
$updown$;

`;
}

/** Shown where the right revisions are applied, but at least one from other SQL than the files held when this was emitted. */
function printContentsCheck({ start }: Script): string {
  if (start.contents === undefined) return '';
  return `
  IF contents <> ${quoteLiteral(start.contents)} THEN
    RAISE EXCEPTION 'the right revisions are applied, but at least one of them from other SQL than the files hold'
      USING ERRCODE = '${raised.edited}', HINT = 'Nothing was changed. Run updown status to see which.';
  END IF;`;
}

/** A stamp is one transaction: all of it is still to be done, or nothing. */
function printStampCheck(script: Script): string {
  const entries = entriesOf(script);
  if (directionOf(script) !== 'stamp') return '';
  return `
    SELECT count(*) INTO done FROM (${printOpenStamps(script.ledger, entries)}) AS open;
    last := CASE done WHEN ${entries.length} THEN done ELSE 0 END;`;
}

/** Those entries of a stamp that the ledger does not have so yet. */
export function printOpenStamps({ schema }: Script['ledger'], entries: ScriptStep['entries']): string {
  const s = quoteIdent(schema);
  const columns = [entries.map(({ op }) => op), entries.map(({ id }) => id), entries.map(({ digest }) => digest)];
  const rows = columns.map((values) => `pg_catalog.unnest(${textArray(values)})`).join(', ');
  return `
  SELECT FROM ROWS FROM (${rows}) AS wanted(op, id, digest)
   WHERE (op = 'stamp') <> EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = wanted.id AND (op = 'unstamp' OR a.digest = wanted.digest))
      OR EXISTS (SELECT FROM ${s}.unfinished u WHERE u.revision = wanted.id)`;
}

export function directionOf({ steps }: Script): 'up' | 'down' | 'stamp' {
  const op = steps[0]?.op;
  return op === 'down' || op === 'stamp' ? op : 'up';
}

export function entriesOf({ steps }: Script): ScriptStep['entries'] {
  return steps.flatMap((step) => step.entries);
}

export function printHeads(heads: readonly string[]): string {
  return heads.length === 0 ? 'base' : heads.join(', ');
}

/** An array with a line each, so that a long history reads and diffs well. */
export function printList(values: readonly string[]): string {
  if (values.length === 0) return textArray(values);
  return `ARRAY[\n${values.map((value) => `    ${quoteLiteral(value)}`).join(',\n')}\n  ]::text[]`;
}

const emptyHash = createHash('sha256').digest('hex');
