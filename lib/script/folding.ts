import { listReplaced } from '../graph/revision.ts';
import { printRaise } from '../ledger/raise.ts';
import { ownPath } from '../ledger/setting.ts';
import { leadOut, type Whole } from '../plan/replaced.ts';
import { wrapArray } from '../sql/pack.ts';
import { freeTag, quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';

/** A revision that stands for several, as the files have it now. */
export interface FoldedWhole extends Whole {
  /** Of its up.sql. */
  readonly digest: string;
  readonly standsOn: readonly string[];
}

/**
 * Where the ledger has singly what is one revision in these files, it is given the entries by which it has that one: what the script starts from
 * is asked behind it. In a transaction that is open, with the settings of the run. `refuses`: a database that has only some of it.
 */
export function printFolding(schema: string, wholes: readonly FoldedWhole[], refuses: boolean): string {
  return wholes.map((whole) => printWhole(schema, whole, refuses)).join('');
}

function printWhole(schema: string, whole: FoldedWhole, refuses: boolean): string {
  const { id, digest, standsOn, replaces } = whole;
  const s = quoteIdent(schema);
  const name = quoteLiteral(id);
  const journal = quoteLiteral(`${s}.journal`);
  const half = refuses
    ? printRaise('half-way', schema, [name, quoteLiteral(leadOut(id, replaces))]).replace(/^ {4}/gm, '      ')
    : '      RETURN;\n';
  const record = (values: readonly string[]) => `CALL ${s}.record(${values.join(', ')}, NULL, NULL);`;
  const body = `DECLARE
  parts CONSTANT text[] := ${quoteLiteral(wrapArray(listReplaced(replaces).toReversed()))};
  needed CONSTANT text[] := ${quoteLiteral(wrapArray(replaces.revisions))};
  was CONSTANT text[] := ${quoteLiteral(wrapArray(replaces.up))};
  part record;
  isbefore boolean;
BEGIN
  IF to_regclass(${journal}) IS NULL THEN RETURN; END IF;
  IF NOT EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = ANY (parts)) THEN RETURN; END IF;
  SELECT a.digest = ANY (was) INTO isbefore FROM ${s}.applied a WHERE a.revision = ${name};
  IF isbefore IS NULL OR isbefore AND NOT needed <@ ARRAY(SELECT a.revision FROM ${s}.applied a) THEN
${half}  END IF;
  CALL ${s}.enter('stamp', ${name}, '{}', '{}');
  SET LOCAL ${ownPath};
  FOR part IN SELECT a.* FROM ${s}.applied a WHERE a.revision = ANY (parts) ORDER BY a.seq DESC LOOP
    ${record(["'unstamp'", 'NULL', 'part.revision', 'part.digest', 'part.parents'])}
  END LOOP;
  ${record(["'stamp'", 'NULL', name, quoteLiteral(digest), textArray(standsOn)])}
END
`;
  const tag = freeTag('updown', body);
  return `-- ${id} stands for ${replaces.revisions.length + 1} revisions: where they are recorded one by one, it is recorded in their place.
DO ${tag}
${body}${tag};
`;
}
