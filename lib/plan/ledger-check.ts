import { createHash } from 'node:crypto';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { type Made, madeWords } from './existing.ts';
import { ownPath, printBootstrapHint, printDisabling, printSilence, raised } from './ledger.ts';
import { printStrangers } from './strangers.ts';

/** What a script says of itself at its head, for the ledger to judge. */
export interface ScriptHead {
  readonly op: 'up' | 'down' | 'stamp';
  readonly project: string;
  /** The heads it starts from, in words. */
  readonly from: string;
  /** What is applied below it, as `Start` has it. */
  readonly ids: string;
  readonly contents?: string;
  /** How it looks whether a transaction is open; left out where it is asked in one on purpose. */
  readonly client?: 'psql' | 'plain';
  /** All of it is one transaction. */
  readonly whole?: true;
  /** It can't skip what is done. */
  readonly once?: true;
  /** Of a file of several: how many steps have to be done before it. */
  readonly behind?: number;
  /** It is for an empty database: what may have made the tables of one that has some. */
  readonly existing?: Made;
  /** In order: id, the digest of up.sql where that counts, and for a stamp what is recorded. */
  readonly steps: readonly (readonly string[])[];
}

/** The function of the ledger that a script asks first. `s` is the ledger's schema, quoted. */
export function printScriptCheck(s: string, schema: string): string {
  return `-- May this script run here, now? The right project, the state it starts from, nobody's half-done work: otherwise it stops before anything
-- is changed. head: what the script says of itself. How many of its steps are done already.
CREATE FUNCTION ${s}.check_script(head text) RETURNS bigint LANGUAGE plpgsql SET ${ownPath} AS $updown$
${printCheckBody(schema, printLast(s))}$updown$;

`;
}

/** What can be asked only where there is a ledger; and the answer. */
function printLast(s: string): string {
  return `CALL ${s}.check_session();
  IF NOT EXISTS (SELECT FROM ${s}.unfinished) THEN
    CALL ${s}.check_temporary();
  END IF;
  RETURN CASE direction WHEN 'stamp' THEN (done = 0)::integer ELSE done END;`;
}

/** The function that it ends with. */
export function printDoneCheck(s: string): string {
  return `-- Behind the last step: whatever a client made of the errors before, here it is said whether all is done; and where the database stands.
CREATE FUNCTION ${s}.check_done(op text, ids text[]) RETURNS text LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
DECLARE
  missing text;
BEGIN
  SELECT id INTO missing FROM unnest(ids) AS id WHERE ${s}.is_applied(id) <> (op = 'up') LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION '${raised.moved}: the script ended, but % is % applied', missing, CASE op WHEN 'up' THEN 'not' ELSE 'still' END USING ERRCODE = '${raised.moved}';
  END IF;
  RETURN ${s}.heads();
END
$updown$;

`;
}

/** The same question as the body of a DO, for a database that may have no ledger. `more` is asked behind it. */
export function printCheckBody(schema: string, last: string, head?: string): string {
  const s = quoteIdent(schema);
  const journal = quoteLiteral(`${s}.journal`);
  const given = head === undefined ? '' : `  head CONSTANT text := ${head};\n`;
  return `DECLARE
${given}  plan CONSTANT jsonb := head::jsonb;
  direction CONSTANT text := plan ->> 'op';
  project CONSTANT text := plan ->> 'project';
  steps CONSTANT text[] := ARRAY(SELECT l.e ->> 0 FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS l(e, n) ORDER BY l.n);
  digests CONSTANT text[] := ARRAY(SELECT l.e ->> 1 FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS l(e, n) ORDER BY l.n);
  records CONSTANT text[] := ARRAY(SELECT l.e ->> 2 FROM jsonb_array_elements(plan -> 'steps') WITH ORDINALITY AS l(e, n) ORDER BY l.n);
  other text;
  stands text := 'base';
  ids text := ${quoteLiteral(emptyHash)};
  contents text := ${quoteLiteral(emptyHash)};
  done bigint := 0;
  last bigint := 0;
  silent boolean := true;
  caller CONSTANT text := current_user;
BEGIN
  IF (CASE plan ->> 'client' WHEN 'psql' THEN pg_catalog.current_setting('${settingWithin}', true) = 'yes'
                             WHEN 'plain' THEN ${beganBefore} END) THEN
    RAISE EXCEPTION '${raised.unsupported}: a transaction is open already: psql -1 (--single-transaction), a BEGIN before this script, or %',
      CASE plan ->> 'client' WHEN 'psql' THEN 'AUTOCOMMIT off' ELSE 'a client without autocommit' END
      USING ERRCODE = '${raised.unsupported}', HINT = 'Nothing was changed. Run the script outside of a transaction; '
        || CASE WHEN plan ? 'whole' THEN 'it was emitted with --one-transaction, and is one by itself.'
                WHEN plan ->> 'client' = 'plain' THEN 'for one transaction over all of it, emit it for psql with --one-transaction.'
                ELSE 'for one transaction over all of it, emit it with --one-transaction.' END;
  END IF;
  -- A line end that git or an editor made two characters: what is stored, as the body of a function, would not be what was reviewed.
  IF pg_catalog.strpos(head, pg_catalog.chr(13)) <> 0 THEN
${crlfRefusal}  END IF;
${serverChecks}  IF pg_catalog.to_regclass(${journal}) IS NOT NULL THEN
${printProjectCheck(schema)}    SELECT u.revision INTO other FROM ${s}.unfinished u
     WHERE direction <> 'stamp' AND NOT (u.revision = ANY (steps) AND u.op = plan ->> 'op') LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '${raised.unfinished}: revision % was started outside a transaction and is not finished', other
        USING ERRCODE = '${raised.unfinished}', HINT = 'Nothing was changed. Finish that one first: updown status says how.';
    END IF;
    silent := ${printSilence(schema)};
    stands := ${s}.heads();
    SELECT coalesce(${printHash('a.revision')}, ids), coalesce(${printHash("a.revision || ' ' || a.digest")}, contents)
      INTO ids, contents FROM ${s}.applied a WHERE a.revision NOT IN (SELECT unnest(steps));
    SELECT a.revision INTO other FROM ${s}.applied a JOIN unnest(steps, digests) AS p(id, digest) ON p.id = a.revision
     WHERE direction = 'up' AND a.digest IS DISTINCT FROM p.digest LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '${raised.edited}: revision % was applied from other SQL than this script holds', other USING ERRCODE = '${raised.edited}',
        HINT = pg_catalog.format('Nothing was changed. Restore its up.sql from git, or, if the edit changes nothing that matters, record it: updown stamp --only %s; then emit this script again.', other);
    END IF;
    IF direction = 'stamp' THEN
      done := ${s}.open_stamps(records, steps, digests);
      last := CASE done WHEN pg_catalog.cardinality(steps) THEN done ELSE 0 END;
    ELSE
      SELECT count(*), coalesce(max(p.position), 0) INTO done, last FROM unnest(steps) WITH ORDINALITY AS p(id, position)
       WHERE (direction = 'up') = EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = p.id);
    END IF;
    -- What was never done is not undone by skipping it.
    IF direction = 'down' AND EXISTS (SELECT FROM unnest(steps) AS id
                                WHERE NOT EXISTS (SELECT FROM ${s}.journal j WHERE j.revision = id AND j.event IN ('up', 'down', 'stamp', 'unstamp'))) THEN
      done := -1;
    END IF;
  ELSIF direction = 'down' THEN
    done := 1;
  ELSIF direction = 'stamp' THEN
    done := (SELECT count(*) FROM unnest(records) AS r WHERE r = 'stamp');
    last := done;
  END IF;
  IF ids <> plan ->> 'ids' OR done <> (CASE WHEN NOT plan ? 'once' THEN last WHEN direction = 'stamp' THEN pg_catalog.cardinality(steps) ELSE 0 END) THEN
    RAISE EXCEPTION '${raised.wrongStart}: this script starts from %, the database stands at %', plan ->> 'from', stands
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
  END IF;
  IF silent AND plan ? 'existing' THEN
    SELECT string_agg(found.name, ', ') INTO other FROM (
${printStrangers(schema)}) AS found;
    -- Another run may just have begun: its ledger is asked once more.
    IF other IS NOT NULL AND pg_catalog.to_regclass(${journal}) IS NOT NULL THEN
      silent := ${printSilence(schema)};
    END IF;
    IF other IS NOT NULL AND silent THEN
      RAISE EXCEPTION '${raised.notEmpty}: the database has tables (such as %), but no ledger, or nothing in it: what made them is not known here', other
        USING ERRCODE = '${raised.notEmpty}', HINT = 'Nothing was changed. ' || format(${quoteLiteral(madeWords.all)}, plan #>> '{existing,heads}')
          || CASE plan #>> '{existing,below}' WHEN '' THEN '' ELSE format(${quoteLiteral(madeWords.part)}, plan #>> '{existing,below}') END
          || ' If they have nothing to do with each other, emit this script with --allow-existing.';
    END IF;
  END IF;
  -- The right revisions, but at least one from other SQL than the files held when this was emitted.
  IF contents <> plan ->> 'contents' THEN
    RAISE EXCEPTION '${raised.edited}: the right revisions are applied, but at least one of them from other SQL than the files hold'
      USING ERRCODE = '${raised.edited}', HINT = 'Nothing was changed. updown status says which, and what to do; then emit this script again.';
  END IF;
  IF done < (plan ->> 'behind')::integer THEN
${printTurnRefusal("(plan ->> 'behind')::integer + 1", 'pg_catalog.cardinality(steps)', 'done')}  END IF;
  ${last}
END
`;
}

/** Of a file of several that is run before its turn; also where the files before it have not even made the ledger. */
export function printTurnRefusal(turn: string, total: string, done: string): string {
  return `    RAISE EXCEPTION '${raised.wrongStart}: this file is step % of %, and only % of those before it are done', ${turn}, ${total}, ${done}
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Run the files before it first.';
`;
}

/** What a script for psql sets for its first message alone: it is there still where a transaction was open before. */
export const settingWithin = 'updown.within';

/** A transaction that began before this command was open already. */
const beganBefore =
  "extract(epoch FROM pg_catalog.transaction_timestamp())::numeric < nullif(pg_catalog.current_setting('updown.began', true), '')::numeric";

export const crlfRefusal: string = `    RAISE EXCEPTION 'this script has CRLF line ends, the one that was emitted had LF'
      USING ERRCODE = '${raised.reading}', HINT = 'Nothing was changed. Write it with LF: dos2unix, or "*.sql text eol=lf" in .gitattributes.';
`;

/** The server and the session, whatever the plan. `caller` is the role before anything was reset. */
export const serverChecks: string = `  -- Each step ends with these two: what comes after the first would run as somebody else.
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
export function printUseCheck(schema: string): string {
  const name = quoteLiteral(schema);
  return `  IF EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE n.nspname = ${name}) AND NOT pg_catalog.has_schema_privilege(${name}, 'USAGE') THEN
    RAISE EXCEPTION 'permission denied for schema %: role "%" may not use the ledger', ${name}, current_user
      USING ERRCODE = '42501', HINT = ${printBootstrapHint(schema)};
  END IF;
`;
}

/** F35, F38. Where there is a ledger, all of it must be seen, and `project` must be its own. */
export function printProjectCheck(schema: string): string {
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

/** sha256 over the lines of a state, in the order that `Start` takes them; NULL of none. */
export function printHash(line: string): string {
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(string_agg(${line}, E'\\n' ORDER BY a.revision COLLATE "C"), 'UTF8')), 'hex')`;
}

const emptyHash = createHash('sha256').digest('hex');
