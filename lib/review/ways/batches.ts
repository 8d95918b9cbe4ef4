import { lex } from '../../sql/lexer.ts';
import type { Node } from '../../sql/parser.ts';
import { quoteIdent, sanitizeLine } from '../../sql/quote.ts';
import type { TableBatchObstacles, TableKeys } from '../advice-facts.ts';
import { familyOf } from '../facts/family.ts';
import { isCalled } from '../facts/names.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { parseLoosely } from '../parsed.ts';
import { isRowwise, reads, type Surroundings, setBehind, surroundingsOf } from './apart.ts';
import type { Way } from './way.ts';
import { run, under } from './way.ts';

/** Rows that are written while their table is closed, written later. */
export function setApart(statement: MeasuredStatement, relation: string, step: MeasuredStep): Way {
  const lock = statement.locks.find((one) => one.relation === relation);
  if (lock?.since === statement.number)
    return [run(`-- one revision for what closes ${relation}, and another, after it, for what writes its rows`)];
  return statement.label === 'INSERT' ? setBehind(statement, step) : batched(statement, step);
}

/** As far as the statement's own text can be cut; what a block, a MERGE or a WITH writes is not to be cut from outside. */
export function batched(statement: MeasuredStatement, step: MeasuredStep): Way {
  const target = findTarget(statement);
  if (target === undefined)
    return [
      run(
        '-- by hand: where what it does to a row depends on that row alone, as an UPDATE or a DELETE that takes a few thousand rows\n-- by a key, each time in a transaction of its own. Else as it stands, alone in a revision of its own',
      ),
    ];
  const { relation, isTable, columns, sets, isRowwise: isCut } = target;
  if (!isCut)
    return [
      run(
        `-- not in batches: which rows it takes depends on how many, or on what else is in ${relation}, and each batch would take others.\n-- As it stands, alone in a revision of its own, at the hour of least traffic, or by hand, from a list of keys that is made once`,
      ),
    ];
  const obstacle = findObstacle(statement, target);
  if (obstacle !== undefined)
    return [
      run(
        `-- not in batches: ${sanitizeLine(obstacle)}.\n-- As it stands, alone in a revision of its own, at the hour of least traffic`,
      ),
    ];
  const around = surroundingsOf(statement, step);
  if (around === undefined)
    return [
      run(
        '-- by hand: it needs what the file has set up before it (settings, temporary tables, triggers that are off),\n-- and each batch needs the same',
      ),
    ];
  const set = new Set([...sets, ...batchObstaclesOn(statement, relation).flatMap(({ assigned }) => assigned)]);
  const key = columns.find(({ name }) => target.deletes || !set.has(name));
  if (key !== undefined)
    return inBatches('by a key, each range of it once and', around, cutByKey(statement, target, key));
  if (!isTable || target.joins)
    return [
      run(
        `-- by hand: there is no key of ${relation} to cut it by that it leaves as it is. Each batch, in a transaction of its own,\n-- asks for what is true only of rows that are not done yet`,
      ),
    ];
  const words = target.deletes
    ? 'by their places, while they take rows (those that come in meanwhile, too), each'
    : 'by their places (no key tells which rows are done: for … what is true only of those that are not), until none is left, each';
  return inBatches(words, around, cutByPlace(statement, target));
}

function inBatches(words: string, { words: more, before, behind }: Surroundings, batch: string): Way {
  const heading = `in a revision of its own, or by a job: in batches ${words} in a transaction of its own${more.map((one) => `;\n${one}`).join('')}:`;
  return [under(heading, ...before, batch, ...behind)];
}

/** Why each batch, or all of them together, would do something else than the statement. */
function findObstacle(statement: MeasuredStatement, target: BatchTarget): string | undefined {
  const { relation, sets, deletes, node } = target;
  const { asking = [] } = statement.adviceFacts ?? {};
  if (asking.length > 0)
    return `${asking.join(', ')} may look at what is in ${relation}, which each batch would change`;
  const all = batchObstaclesOn(statement, relation);
  const above = all.flatMap((one) => one.above).find((name) => reads(node, [name]));
  if (above !== undefined)
    return `it reads ${above}, whose rows those of ${relation} are, and each batch would change them`;
  const set = new Set([...sets, ...all.flatMap(({ assigned }) => assigned)]);
  const isMoving = !deletes && familyOf(statement, relation).length > 1;
  const events = deletes ? /\bDELETE\b/ : isMoving ? /\b(UPDATE|MOVE)\b/ : /\bUPDATE\b/;
  return all
    .flatMap(({ obstacles }) => obstacles)
    .find(
      (obstacle) =>
        events.test(obstacle.events) &&
        (deletes || obstacle.columns.length === 0 || obstacle.columns.some((name) => set.has(name))) &&
        (obstacle.reads === undefined || reads(node, obstacle.reads)),
    )?.why;
}

function batchObstaclesOn(statement: MeasuredStatement, relation: string): readonly TableBatchObstacles[] {
  const family = familyOf(statement, relation);
  return (statement.adviceFacts?.batchObstacles ?? []).filter((one) => family.includes(one.relation));
}

interface BatchTarget {
  /** As SQL names it from an empty search path. */
  readonly relation: string;
  readonly isTable: boolean;
  readonly columns: TableKeys['columns'];
  /** What its own text calls it. */
  readonly alias: string;
  /** As in FROM. */
  readonly source: string;
  readonly sets: ReadonlySet<string>;
  readonly deletes: boolean;
  /** FROM or USING: other tables may have columns of the same name. */
  readonly joins: boolean;
  readonly node: Node;
  /** A batch takes of its rows what the statement would. */
  readonly isRowwise: boolean;
}

function findTarget(statement: MeasuredStatement): BatchTarget | undefined {
  const node = readNode(statement);
  if (node === undefined) return undefined;
  const { relation: named, joins, sets, deletes } = readWrite(node) ?? {};
  const { schemaname, relname = '', alias, inh } = named ?? {};
  const called = { name: relname, schema: schemaname };
  const lock = statement.locks.find(({ relation }) => isCalled(relation, called));
  if (lock === undefined || sets === undefined) return undefined;
  const { relation, kind } = lock;
  const own = alias?.aliasname === undefined ? '' : ` AS ${quoteIdent(alias.aliasname)}`;
  return {
    relation,
    isTable: kind === 'table' || kind === 'partitioned table',
    columns: statement.adviceFacts?.keys.find((one) => one.relation === relation)?.columns ?? [],
    alias: quoteIdent(alias?.aliasname ?? relname),
    source: `${inh === true ? '' : 'ONLY '}${relation}${own}`,
    sets,
    deletes: deletes === true,
    joins: joins === true,
    node,
    isRowwise: isRowwise(node, relation, statement),
  };
}

function readNode({ text, label }: MeasuredStatement): Node | undefined {
  return /^(UPDATE|DELETE)\b/.test(label) ? parseLoosely(text)?.[0] : undefined;
}

interface Named {
  readonly schemaname?: string | undefined;
  readonly relname?: string | undefined;
  readonly inh?: boolean;
  readonly alias?: { readonly aliasname?: string };
}

interface WriteNode {
  readonly relation: Named;
  readonly joins: boolean;
  readonly sets: ReadonlySet<string>;
  readonly deletes: boolean;
}

function readWrite(node: Node): WriteNode | undefined {
  if ('UpdateStmt' in node) {
    const { relation = {}, fromClause = [], targetList = [] } = node.UpdateStmt;
    const names = targetList.flatMap((one) => ('ResTarget' in one && one.ResTarget.name ? [one.ResTarget.name] : []));
    return { relation, joins: fromClause.length > 0, sets: new Set(names), deletes: false };
  }
  if (!('DeleteStmt' in node)) return undefined;
  const { relation = {}, usingClause = [] } = node.DeleteStmt;
  return { relation, joins: usingClause.length > 0, sets: new Set(), deletes: true };
}

function cutByKey(
  { text }: MeasuredStatement,
  { joins, alias }: BatchTarget,
  key: TableKeys['columns'][number],
): string {
  const { head, condition, tail } = cutCondition(text);
  const name = `${joins ? `${alias}.` : ''}${quoteIdent(key.name)}`;
  const rest = condition === '' ? '' : `\n  AND (${condition})`;
  const nulls = key.notNull ? '' : `\n-- and once for the rows WHERE ${name} IS NULL`;
  return `${head}\n  WHERE ${name} BETWEEN … AND …${rest}${tail};${nulls}`;
}

/** What is deleted is not met again; what is written must tell by itself that it is done. */
function cutByPlace({ text }: MeasuredStatement, { alias, source, deletes }: BatchTarget): string {
  const { head, condition, tail } = cutCondition(text);
  const conditions = [...(deletes ? [] : ['…']), ...(condition === '' ? [] : [`(${condition})`])].join(' AND ');
  const place = `${alias}.tableoid, ${alias}.ctid`;
  return [
    `${head}\n  WHERE (${place}) IN (`,
    `  SELECT ${place} FROM ${source}${conditions === '' ? '' : ` WHERE ${conditions}`} LIMIT 10000)${conditions === '' ? '' : `\n  AND ${conditions}`}${tail};`,
  ].join('\n');
}

/** Its own WHERE, not that of a query inside. */
function cutCondition(text: string): { readonly head: string; readonly condition: string; readonly tail: string } {
  let depth = 0;
  let [where, end] = [text.length, text.length];
  for (const { kind, start, end: stop } of lex(text)) {
    const said = text.slice(start, stop).toLowerCase();
    if (said === '(') depth += 1;
    if (said === ')') depth -= 1;
    if (kind !== 'word' || depth > 0) continue;
    if (said === 'where') where = start;
    if (said === 'returning') end = start;
  }
  const from = Math.min(where, end);
  const tail = text.slice(end).trim();
  return {
    head: text.slice(0, from).trimEnd(),
    condition: text.slice(where + 'where'.length, end).trim(),
    tail: tail === '' ? '' : `\n  ${tail}`,
  };
}
