import { createHash } from 'node:crypto';
import { joined } from '../plan/block.ts';
import { settleMade } from '../plan/existing.ts';
import { printHolder } from '../plan/holder.ts';
import {
  listRunSettings,
  lockKeys,
  ownPath,
  printBootstrapHint,
  printDisabling,
  printMakerRights,
  printSilence,
  raised,
} from '../plan/ledger.ts';
import { printLedger } from '../plan/ledger-schema.ts';
import { printPins } from '../plan/pins.ts';
import type { Script, ScriptStep } from '../plan/script.ts';
import { printStrangers } from '../plan/strangers.ts';
import { freeTag, quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';

/** How much of its own work a script may find done. `psql` skips what is; a plain one can't, so it must find nothing done. */
export type Progress = 'some' | 'none';

/** The same for clients without `\\if`, where the ledger, if there is none yet, has to be made in the same statement as it is refused. */
export function printPlainPreflight(script: Script, tool: string): string {
  const making = mayLackLedger(script) ? printMaking(script) : '';
  const alone = printAloneCheck({
    isOpen: beganBefore,
    other: 'a client without autocommit',
    hint: 'Nothing was changed. Run it outside of a transaction; for one transaction over all of it, emit it for psql with --one-transaction.',
  });
  const body = printBody(script, 'none', `${stringsCheck}${making}`, alone);
  const run = listRunSettings(script.ledger.project, { channel: 'script', plan: script.digest, tool });
  const tag = freeTag('plain', body);
  return `-- 0. Preflight: refuses, before anything is changed, unless this is the right database in the right state.
${noteBeginning}BEGIN ISOLATION LEVEL READ COMMITTED;
${printPins(script.pins, 'SET LOCAL')}SET LOCAL ${ownPath};
SET LOCAL client_min_messages = warning;
${run.map((setting) => `SET LOCAL ${setting};\n`).join('')}DO ${tag}
${body}${tag};
COMMIT;

`;
}

/** A plan that stands on what is applied is refused where there is no ledger: it has no use for the text that makes one. */
export function mayLackLedger(script: Script): boolean {
  return script.steps.length > 0 && script.start.untouched === 0 && directionOf(script) !== 'down';
}

/** A transaction that began before this command was open already. */
const noteBeginning = `DO $updown$
BEGIN
  PERFORM pg_catalog.set_config('updown.began', extract(epoch FROM pg_catalog.statement_timestamp())::pg_catalog.text, false);
END
$updown$;
`;

const beganBefore =
  "extract(epoch FROM pg_catalog.transaction_timestamp())::numeric < nullif(pg_catalog.current_setting('updown.began', true), '')::numeric";

/** A client that sends all in one message has it read before any SET in it counts (F60). */
export const stringsCheck: string = `
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
    RAISE EXCEPTION '${raised.reading}: standard_conforming_strings is off: strings would not mean what was reviewed'
      USING ERRCODE = '${raised.reading}', HINT = 'Nothing was changed. ROLLBACK; SET standard_conforming_strings = on; then run this again.';
  END IF;`;

export function printMaking(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  const [product, key] = lockKeys(script.ledger.schema);
  const ledger = printLedger(script.ledger);
  const tag = freeTag('ledger', ledger);
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NULL THEN
    IF NOT pg_catalog.pg_try_advisory_xact_lock(${product}, ${key}) THEN
      RAISE EXCEPTION '${raised.busy}: another migration run is making the ledger' USING ERRCODE = '${raised.busy}',
        ${printHolder(script.ledger.schema)};
    END IF;
    -- The ledger, where there is none yet.
    EXECUTE ${tag}
${ledger}${tag};
  END IF;`;
}

/** What must be so wherever a ledger is made or shared: the server, the session, the project, and the roles to share it with. */
export function printLedgerPreflight(script: Script, roles: readonly string[], then = ''): string {
  const s = quoteIdent(script.ledger.schema);
  return `DECLARE
  project CONSTANT text := ${quoteLiteral(script.ledger.project)};
  roles CONSTANT text[] := ${textArray(roles)};
  other text;
  caller CONSTANT text := current_user;
BEGIN
${then === '' ? printPsqlAlone(script) : ''}${serverChecks}${printUseCheck(script.ledger.schema)}  SELECT r INTO other FROM pg_catalog.unnest(roles) AS r WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'there is no role "%" to grant to', other USING ERRCODE = 'undefined_object', HINT = 'Nothing was changed. Create it, or name another one.';
  END IF;
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
${printProjectCheck(script.ledger.schema)}  END IF;${then}
END
`;
}

/**
 * The first statement of a script: it refuses the wrong server, project or state, so that nothing is changed where the script does not
 * belong. A run decides the same from the ledger it has read.
 */
export function printPreflight(script: Script, then = ''): string {
  return `-- 0. Preflight: stops here, before anything is changed, unless this is the right database in the right state.
SET LOCAL ${ownPath}\\;
DO $updown$
${printBody(script, 'some', then)}$updown$;

`;
}

/** The question alone, as one statement that changes nothing: would a script be let in here, now? */
export function printAdmission(script: Script, progress: Progress): string {
  const body = printBody(script, progress);
  const tag = freeTag('updown', body);
  return `SET LOCAL ${ownPath};\nDO ${tag}\n${body}${tag};\n`;
}

function printBody(
  script: Script,
  progress: Progress,
  then = '',
  alone = progress === 'some' ? printPsqlAlone(script) : '',
): string {
  const s = quoteIdent(script.ledger.schema);
  const journal = quoteLiteral(`${s}.journal`);
  return `DECLARE
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
  silent boolean := true;
  caller CONSTANT text := current_user;
BEGIN
${alone}${serverChecks}${printUseCheck(script.ledger.schema)}  IF pg_catalog.to_regclass(${journal}) IS NOT NULL THEN
${printProjectCheck(script.ledger.schema)}    SELECT u.revision INTO other FROM ${s}.unfinished u
     WHERE direction <> 'stamp' AND NOT (u.revision = ANY (steps) AND u.op = direction) LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '${raised.unfinished}: revision % was started outside a transaction and is not finished', other
        USING ERRCODE = '${raised.unfinished}', HINT = 'Nothing was changed. Finish that one first: updown status says how.';
    END IF;
    silent := ${printSilence(script.ledger.schema)};
    stands := ${s}.heads();
    SELECT coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(string_agg(a.revision, E'\\n' ORDER BY a.revision COLLATE "C"), 'UTF8')), 'hex'), ids),
           coalesce(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(string_agg(a.revision || ' ' || a.digest, E'\\n' ORDER BY a.revision COLLATE "C"), 'UTF8')), 'hex'), contents)
      INTO ids, contents
      FROM ${s}.applied a WHERE a.revision NOT IN (SELECT pg_catalog.unnest(steps));
    SELECT a.revision INTO other FROM ${s}.applied a JOIN unnest(steps, digests) AS p(id, digest) ON p.id = a.revision
     WHERE direction = 'up' AND a.digest IS DISTINCT FROM p.digest LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '${raised.edited}: revision % was applied from other SQL than this script holds', other USING ERRCODE = '${raised.edited}',
        HINT = pg_catalog.format('Nothing was changed. Restore its up.sql from git, or, if the edit changes nothing that matters, record it: updown stamp --only %s; then emit this script again.', other);
    END IF;
    SELECT count(*), coalesce(max(p.position), 0) INTO done, last
      FROM pg_catalog.unnest(steps) WITH ORDINALITY AS p(id, position)
     WHERE direction <> 'stamp' AND (direction = 'up') = EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = p.id);${printStampCheck(script)}
    -- What was never done is not undone by skipping it.
    IF direction = 'down' AND EXISTS (SELECT FROM pg_catalog.unnest(steps) AS id
                                       WHERE NOT EXISTS (SELECT FROM ${s}.journal j WHERE j.revision = id AND j.event IN ('up', 'down', 'stamp', 'unstamp'))) THEN
      done := -1;
    END IF;
  ELSIF direction = 'down' THEN
    done := 1;${progress === 'none' ? printStampWithout(script) : ''}
  END IF;${printMakerCheck(script)}
  IF ids <> ${quoteLiteral(script.start.ids)} OR ${printTooFar(script, progress)} THEN
    RAISE EXCEPTION '${raised.wrongStart}: this script starts from ${printHeads(script.start.heads)}, the database stands at %', stands
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
  END IF;${printExistingCheck(script)}${printContentsCheck(script)}${then}
END
`;
}

/** What a script sets for its first message alone: it is there still where a transaction was open before. */
export const settingWithin = 'updown.within';

function printPsqlAlone({ frame }: Script): string {
  const next =
    frame === joined
      ? 'it was emitted with --one-transaction, and is one by itself.'
      : 'for one transaction over all of it, emit it with --one-transaction.';
  return printAloneCheck({
    isOpen: `pg_catalog.current_setting('${settingWithin}', true) = 'yes'`,
    other: 'AUTOCOMMIT off',
    hint: `Nothing was changed. Run the script outside of a transaction; ${next}`,
  });
}

/** A COMMIT of ours would end a transaction that is open: what was to be all or nothing would be neither. */
function printAloneCheck({ isOpen, other, hint }: Readonly<Record<'isOpen' | 'other' | 'hint', string>>): string {
  return `  IF ${isOpen} THEN
    RAISE EXCEPTION '${raised.unsupported}: a transaction is open already: psql -1 (--single-transaction), a BEGIN before this script, or ${other}'
      USING ERRCODE = '${raised.unsupported}', HINT = '${hint}';
  END IF;
`;
}

/** The server and the session, whatever the plan. `caller` is the role before anything was reset. */
const serverChecks = `  -- A line end that git or an editor made two characters: what is stored, as the body of a function, would not be what was reviewed.
  IF pg_catalog.strpos('
', pg_catalog.chr(13)) <> 0 THEN
    RAISE EXCEPTION 'this script has CRLF line ends, the one that was emitted had LF'
      USING ERRCODE = '${raised.reading}', HINT = 'Nothing was changed. Write it with LF: dos2unix, or "*.sql text eol=lf" in .gitattributes.';
  END IF;
  -- Each step ends with these two: what comes after the first would run as somebody else.
  RESET SESSION AUTHORIZATION;
  RESET ROLE;
  IF current_user <> caller THEN
    RAISE EXCEPTION '${raised.unsupported}: this session has set its role to "%"', caller
      USING ERRCODE = '${raised.unsupported}', HINT = 'Nothing was changed. Connect as that role, or pin it: "settings": {"role": ...} in updown.json.';
  END IF;
  IF pg_catalog.current_setting('server_version_num')::integer < 120000 THEN
    RAISE EXCEPTION '${raised.unsupported}: this script needs PostgreSQL 12 or later, the server is %', pg_catalog.current_setting('server_version') USING ERRCODE = '${raised.unsupported}';
  END IF;
  IF pg_catalog.pg_is_in_recovery() THEN
    RAISE EXCEPTION '${raised.readOnly}: this server is a standby' USING ERRCODE = '${raised.readOnly}', HINT = 'Connect to the primary.';
  END IF;
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION '${raised.readOnly}: this session is read-only' USING ERRCODE = '${raised.readOnly}', HINT = 'Look for default_transaction_read_only on the role or the database.';
  END IF;
`;

/** Who may not use a schema may not even ask what is in it. */
function printUseCheck(schema: string): string {
  const name = quoteLiteral(schema);
  return `  IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ${name}) AND NOT pg_catalog.has_schema_privilege(${name}, 'USAGE') THEN
    RAISE EXCEPTION 'permission denied for schema %: role "%" may not use the ledger', ${name}, current_user
      USING ERRCODE = '42501', HINT = ${printBootstrapHint(schema)};
  END IF;
`;
}

/** F35, F38. Where there is a ledger, all of it must be seen, and `project` must be its own. */
function printProjectCheck(schema: string): string {
  const s = quoteIdent(schema);
  const [journal, worker] = ['journal', 'worker'].map((table) => `${quoteLiteral(`${s}.${table}`)}::regclass`);
  return `    IF pg_catalog.row_security_active(${journal}) OR pg_catalog.row_security_active(${worker}) THEN
      RAISE EXCEPTION '${raised.hidden}: a row security policy hides entries of the ledger from this role'
        USING ERRCODE = '${raised.hidden}', HINT = 'Nothing was changed. As the owner of the ledger: ' || ${quoteLiteral(printDisabling(s))};
    END IF;
    SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
    IF other IS DISTINCT FROM project THEN
      RAISE EXCEPTION '${raised.wrongProject}: the ledger belongs to project "%", this script to "%"', other, project USING ERRCODE = '${raised.wrongProject}';
    END IF;
    IF NOT pg_catalog.has_table_privilege(${journal}, 'INSERT') THEN
      RAISE EXCEPTION 'permission denied for table journal: role "%" may not write the ledger', current_user
        USING ERRCODE = '42501', HINT = ${printBootstrapHint(schema)};
    END IF;
`;
}

/** Who runs it makes the ledger, where there is none yet. */
function printMakerCheck({ ledger, steps }: Script): string {
  if (steps.length === 0) return '';
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${quoteIdent(ledger.schema)}.journal`)}) IS NULL AND direction <> 'down' THEN
${printMakerRights(ledger.schema)}  END IF;`;
}

/** What is done must be what comes first; in a plain script, nothing. Of a stamp, `done` counts what is still open. */
function printTooFar(script: Script, progress: Progress): string {
  if (progress === 'some') return 'done <> last';
  return directionOf(script) === 'stamp' ? `done <> ${entriesOf(script).length}` : 'done <> 0';
}

/** Where there is no ledger, every stamp is still open. */
function printStampWithout(script: Script): string {
  if (directionOf(script) !== 'stamp') return '';
  return `
  ELSE
    done := ${entriesOf(script).filter(({ op }) => op === 'stamp').length};`;
}

/** Revisions for an empty database, and one in use. */
function printExistingCheck(script: Script): string {
  const { ledger, start, plan, allowExisting } = script;
  if (allowExisting || start.untouched > 0 || script.steps.length === 0 || directionOf(script) !== 'up') return '';
  const wayOn = `Nothing was changed. ${settleMade(plan)} If they have nothing to do with each other, emit this script with --allow-existing.`;
  return `
  IF silent THEN
    SELECT string_agg(found.name, ', ') INTO other FROM (
${printStrangers(ledger.schema)}) AS found;
    -- Another run may just have begun: its ledger is asked once more.
    IF other IS NOT NULL AND pg_catalog.to_regclass(${quoteLiteral(`${quoteIdent(ledger.schema)}.journal`)}) IS NOT NULL THEN
      silent := ${printSilence(ledger.schema)};
    END IF;
    IF other IS NOT NULL AND silent THEN
      RAISE EXCEPTION '${raised.notEmpty}: the database has tables (such as %), but no ledger, or nothing in it: what made them is not known here', other
        USING ERRCODE = '${raised.notEmpty}', HINT = ${quoteLiteral(wayOn)};
    END IF;
  END IF;`;
}

/** Shown where the right revisions are applied, but at least one from other SQL than the files held when this was emitted. */
function printContentsCheck({ start }: Script): string {
  if (start.contents === undefined) return '';
  return `
  IF contents <> ${quoteLiteral(start.contents)} THEN
    RAISE EXCEPTION '${raised.edited}: the right revisions are applied, but at least one of them from other SQL than the files hold'
      USING ERRCODE = '${raised.edited}', HINT = 'Nothing was changed. updown status says which, and what to do; then emit this script again.';
  END IF;`;
}

/** A stamp is one transaction: all of it is still to be done, or nothing. */
function printStampCheck(script: Script): string {
  const entries = entriesOf(script);
  if (directionOf(script) !== 'stamp') return '';
  return `
    done := ${printOpenStamps(script.ledger, entries)};
    last := CASE done WHEN ${entries.length} THEN done ELSE 0 END;`;
}

/** Behind the last step: whatever a client made of the errors before, here it says whether all is done. */
export function printEndCheck(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  const ids = entriesOf(script).map(({ id }) => id);
  const gone = directionOf(script) === 'down';
  if (ids.length === 0 || directionOf(script) === 'stamp') return '';
  return `DO $updown$
DECLARE
  missing pg_catalog.text;
BEGIN
  SELECT id INTO missing FROM pg_catalog.unnest(${printList(ids)}) AS id WHERE ${gone ? '' : 'NOT '}${s}.is_applied(id) LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '${raised.moved}: the script ended, but % is ${gone ? 'still' : 'not'} applied', missing USING ERRCODE = '${raised.moved}';
  END IF;
END
$updown$;
`;
}

/** How many entries of a stamp the ledger does not have so yet. */
export function printOpenStamps({ schema }: Script['ledger'], entries: ScriptStep['entries']): string {
  const s = quoteIdent(schema);
  const columns = [entries.map(({ op }) => op), entries.map(({ id }) => id), entries.map(({ digest }) => digest)];
  return `${s}.open_stamps(${columns.map(textArray).join(', ')})`;
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
  return `ARRAY[\n${values.map((value) => `    ${quoteLiteral(value)}`).join(',\n')}\n  ]::pg_catalog.text[]`;
}

const emptyHash = createHash('sha256').digest('hex');
