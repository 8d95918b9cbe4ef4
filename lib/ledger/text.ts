import { readFileSync } from 'node:fs';
import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import { printEngineSettings } from './engine.ts';
import { type LedgerName, ledgerFormat, lockKeys, printRelation } from './name.ts';
import { printRaise, printRefusals } from './raise.ts';
import { madeWords, refusals } from './refusals.ts';
import { callerWord } from './rights.ts';
import { cleaning, limits, printSilence, settingName } from './setting.ts';
import { printStrangers } from './strangers.ts';

/** What a ledger is made in: `rest` is what a script of steps in transactions, run by psql, has no need for. */
export type Part = 'core' | 'rest';

const files = { tables: read('tables'), core: read('core'), rest: read('rest') };

/** All of the ledger, as statements without BEGIN and COMMIT. */
export function printLedger(name: LedgerName): string {
  return `${printCore(name)}${printPart(name.schema, 'rest')}`;
}

/** What every ledger has: its tables, the routines that each step needs, and the first entry. */
export function printCore(name: LedgerName): string {
  return `${fill(files.tables, name.schema)}${printPart(name.schema, 'core')}${printHeader(name)}`;
}

/** What keeps no data: it is made anew where an older version has made it. */
export function printRoutines({ schema }: LedgerName): string {
  return `${printPart(schema, 'core')}${printPart(schema, 'rest')}`;
}

export function printPart(schema: string, part: Part): string {
  return fill(files[part], schema, printRefusals(refusals[part], schema));
}

/** Of each function and procedure what it is, as CREATE has it, and its name. */
export function listRoutines(part?: Part): readonly (readonly [kind: string, name: string])[] {
  const text = part === undefined ? files.core + files.rest : files[part];
  const made = text.matchAll(/^CREATE (FUNCTION|PROCEDURE) ledger\.(\w+)\(/gm);
  return Array.from(made, ([, kind = '', name = '']) => [kind, name]);
}

/** The text of a function between its dollar quotes. */
export function bodyOf(name: string, schema: string): string {
  const text = `${files.core}${files.rest}`;
  const [, body] = text.slice(text.indexOf(`CREATE FUNCTION ledger.${name}(`)).split(/\$updown\$\n?/);
  if (body === undefined) throw new Error(`The ledger has no function "${name}"`);
  return fill(body, schema);
}

/** The first entry of a ledger, and of each version that has made its routines anew. */
export function printHeader({ schema, project }: LedgerName): string {
  const s = quoteIdent(schema);
  return `DO $updown$
DECLARE
  forced text;
BEGIN
  IF pg_catalog.row_security_active(${printRelation(schema, 'journal')}) THEN
    SELECT string_agg(format('ALTER EVENT TRIGGER %I DISABLE;', e.evtname), ' ') INTO forced
      FROM pg_catalog.pg_event_trigger e WHERE e.evtevent = 'ddl_command_end' AND e.evtenabled <> 'D'
       AND coalesce('CREATE TABLE' = ANY (e.evttags), true);
${printRaise('forced security', schema, ['current_user', 'forced'])}  END IF;
END
$updown$;

INSERT INTO ${s}.journal (event, channel, tool, detail)
SELECT 'header', run ->> 'channel', run ->> 'tool', ${quoteLiteral(JSON.stringify({ project, format: ledgerFormat }))}
  FROM (SELECT pg_catalog.current_setting('${settingName}')::jsonb) AS settings (run);
`;
}

/** A limit is set where the server knows it. */
function printOff(name: string): string {
  const known = `IF pg_catalog.current_setting('${name}', true) IS NOT NULL THEN`;
  return `  ${known}\n    said := pg_catalog.set_config('${name}', '0', true);\n  END IF;`;
}

function read(name: string): string {
  return readFileSync(new URL(`./${name}.sql`, import.meta.url), 'utf8');
}

/** In the files the schema is called "ledger", and what is not the same in every ledger stands behind a colon. */
function fill(text: string, schema: string, rows = ''): string {
  const s = quoteIdent(schema);
  const [product, key] = lockKeys(schema);
  const values: Readonly<Record<string, string>> = {
    ':product': String(product),
    ':key': String(key),
    ':unsigned_key': String(key >>> 0),
    ':limits': limits.map(printOff).join('\n'),
    ':engine_settings': printEngineSettings(),
    ':cleaning': cleaning.map((command) => `  EXECUTE '${command}';`).join('\n'),
    ':silent': printSilence(schema),
    ':strangers': printStrangers(quoteLiteral(schema)).replace(/^/gm, '      '),
    ':made_part': quoteLiteral(madeWords.part),
    ':caller_word': callerWord,
    ':refusals': rows,
  };
  return text.replace(/'ledger'|'ledger\.(?=\w)|\bledger\.(?=[a-z])|\bSCHEMA ledger\b|(?<!:):[a-z_]+\b/g, (found) => {
    if (found === "'ledger'") return quoteLiteral(schema);
    if (found === 'SCHEMA ledger') return `SCHEMA ${s}`;
    if (found === "'ledger.") return `'${s.replaceAll("'", "''")}.`;
    return found === 'ledger.' ? `${s}.` : (values[found] ?? found);
  });
}
