import type { FileUnderTest } from '../review/file-under-test.ts';
import { lex } from '../sql/lexer.ts';
import type { Statement } from '../sql/source.ts';

/** What works within its database alone, whatever its words are. What it calls is looked at where that is made. */
const within =
  /^(CREATE( OR REPLACE)?( UNIQUE| UNLOGGED| TEMP| TEMPORARY| RECURSIVE| MATERIALIZED)* (TABLE|INDEX|VIEW|SEQUENCE|TYPE|DOMAIN|SCHEMA|TRIGGER|CONSTRAINT TRIGGER|RULE|STATISTICS|AGGREGATE|CAST|OPERATOR|COLLATION|EXTENSION)|(ALTER|DROP) (TABLE|INDEX|VIEW|MATERIALIZED VIEW|SEQUENCE|TYPE|DOMAIN|SCHEMA|TRIGGER|RULE|STATISTICS|FUNCTION|PROCEDURE|AGGREGATE|CAST|OPERATOR|COLLATION|EXTENSION)|INSERT|UPDATE|DELETE|MERGE|SELECT|WITH|VALUES|TRUNCATE|LOCK|REFRESH|ANALYZE|VACUUM|REINDEX|CLUSTER|SET CONSTRAINTS)\b/;

/** Words without which no code changes what belongs to the whole server, unless it puts them together. */
const words =
  /\b(role|user|group|tablespace|database|subscription|authorization|owned|execute|grant|revoke|reset|parameter|dblink\w*|pg_(auth|db_role|shdesc|shsec)\w*)\b|\bsystem\b|replication/i;

/** Whether any of these files may: a statement of another kind, or code that says such words or runs what it puts together. */
export function mayChangeServer(files: readonly FileUnderTest[]): boolean {
  return files.some(
    ({ inspected: { source, statements } }) => source.directives.unparsed || statements.some(reachesServer),
  );
}

function reachesServer({ label, text }: Statement): boolean {
  if (/^(DO|CREATE( OR REPLACE)? (FUNCTION|PROCEDURE))\b/.test(label)) return words.test(text);
  if (/^COMMENT\b/.test(label)) return /\b(role|database|tablespace|subscription)\b/i.test(text);
  if (/^(GRANT|REVOKE)\b/.test(label)) return !isOnOwnObject(text);
  if (/\bpg_\w*(replication|slot|reload|terminate|promote|config)/i.test(text)) return true;
  return !within.test(label);
}

/** Of a role there is no ON; of a parameter, a tablespace or a database there is. */
function isOnOwnObject(text: string): boolean {
  const said = [...lex(text)]
    .filter(({ kind }) => kind === 'word')
    .map(({ start, end }) => text.slice(start, end).toLowerCase());
  const on = said.indexOf('on');
  return on !== -1 && !['parameter', 'database', 'tablespace'].includes(said[on + 1] ?? '');
}
