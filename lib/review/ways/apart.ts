import { setLocally } from '../../sql/edit.ts';
import type { Node } from '../../sql/parser.ts';
import { changesOf } from '../facts/changes.ts';
import { familyOf } from '../facts/family.ts';
import { isCalled } from '../facts/names.ts';
import type { MeasuredStatement, MeasuredStep } from '../measured.ts';
import { findNodes, parseLoosely } from '../parsed.ts';
import { says, wordsSaid } from '../statement-words.ts';
import { switchTrigger } from './actions.ts';
import type { Way } from './way.ts';
import { run, under } from './way.ts';

/** What a statement needs around it where it is taken out of its file. */
export interface Surroundings {
  /** For a heading, without its end. */
  readonly words: readonly string[];
  readonly before: readonly string[];
  readonly behind: readonly string[];
}

/**
 * What the file set up for a statement before it: settings, triggers that it turned off. Undefined where that can't be written down, as a
 * temporary table or what a function has set.
 */
export function surroundingsOf(statement: MeasuredStatement, step: MeasuredStep): Surroundings | undefined {
  const earlier = step.statements.filter(({ number }) => number < statement.number);
  const settings = earlier.map(readSetting);
  const isUntold = settings.includes('untold') || earlier.some(makesTemporary);
  if (isUntold || (step.transactional && hasKeysOff(earlier))) return undefined;
  const off = keptOff(statement, step);
  if (off.some(({ left }) => left === undefined)) return undefined;
  const staying = off.filter(({ left }) => left === 'D');
  const again = off.filter(({ left }) => left !== 'D');
  const words = [
    ...(again.length === 0 ? [] : [wordOff(again)]),
    ...(staying.length === 0 ? [] : [wordStaying(staying)]),
    ...wordOffBefore(statement),
  ];
  const kept = settings.filter((one): one is Setting => typeof one === 'object');
  const last = new Map(kept.map((one) => [one.name, one.text]));
  const alter = ({ relation, name }: Off, action: string) => switchTrigger(relation, action, name);
  return {
    words,
    before: [...[...last.values()].flatMap((text) => text ?? []), ...off.map((one) => alter(one, 'DISABLE'))],
    behind: again.map((one) => alter(one, enabling[one.left ?? ''] ?? 'ENABLE')),
  };
}

interface Setting {
  readonly name: string;
  /** None where it goes back to what it was. */
  readonly text: string | undefined;
}

/** Only how long a statement may take. */
const timeouts = /^(lock|statement|transaction|idle_in_transaction_session)_timeout$/;

function readSetting({ text, label }: MeasuredStatement): Setting | 'untold' | undefined {
  const nodes = parseLoosely(text);
  if (label === 'DO' || label === 'CALL' || nodes === undefined)
    return /\bset (local|session|role)\b|\bset_config \(/.test(wordsSaid(text).join(' ')) ? 'untold' : undefined;
  const calls = [...findNodes(nodes)].filter(([kind]) => kind === 'FuncCall');
  if (calls.some(([, body]) => lastName(body, 'funcname') === 'set_config')) return 'untold';
  const [node] = nodes;
  if (node === undefined) return undefined;
  if ('ConstraintsSetStmt' in node) return { name: 'CONSTRAINTS', text: `${text};` };
  if (!('VariableSetStmt' in node)) return undefined;
  return settingOf(node.VariableSetStmt, text);
}

function settingOf(
  { kind, name = '' }: { readonly kind?: string; readonly name?: string },
  text: string,
): Setting | 'untold' | undefined {
  if (timeouts.test(name)) return undefined;
  if (kind === 'VAR_SET_VALUE') return { name, text: `${setLocally(text)};` };
  return kind === 'VAR_RESET' || kind === 'VAR_SET_DEFAULT' ? { name, text: undefined } : 'untold';
}

function makesTemporary({ text, label }: MeasuredStatement): boolean {
  if (label === 'DO') return says(text, 'temp', 'temporary', 'pg_temp');
  return /^(CREATE|SELECT)\b/.test(label) && isTemporary(parseLoosely(text));
}

function isTemporary(tree: unknown): boolean {
  if (typeof tree !== 'object' || tree === null) return false;
  const { relpersistence, schemaname, String: name } = tree as Readonly<Record<string, unknown>>;
  const isIn = schemaname === 'pg_temp' || (name as { sval?: unknown } | undefined)?.sval === 'pg_temp';
  return relpersistence === 't' || isIn || Object.values(tree).some(isTemporary);
}

/** The triggers of foreign keys have no names that anybody could write. */
function hasKeysOff(earlier: readonly MeasuredStatement[]): boolean {
  const state = new Map(
    earlier.flatMap((one) => changesOf(one, 'trigger', 'constraint').map(({ object, to }) => [object, to] as const)),
  );
  return [...state.values()].some((to) => to !== 'enabled');
}

interface Off {
  /** Quoted. */
  readonly name: string;
  readonly relation: string;
  /** As the file leaves it, as in pg_trigger.tgenabled; undefined where it drops it. */
  readonly left: string | undefined;
}

const enabling: Readonly<Record<string, string>> = { A: 'ENABLE ALWAYS', R: 'ENABLE REPLICA' };

/** As a change of a trigger words them. */
const states: Readonly<Record<string, string>> = { disabled: 'D', 'enabled always': 'A', 'enabled replica': 'R' };

/** By the step, on tables whose rows it writes or reads: turned off, taken away and made again, or with a function that does something else. */
function keptOff(statement: MeasuredStatement, { statements }: MeasuredStep): readonly Off[] {
  const { number } = statement;
  const around = (type: string, ...kinds: readonly string[]): readonly string[] => {
    const changed = (those: readonly MeasuredStatement[]) =>
      those.flatMap(({ changes }) =>
        changes.filter((one) => one.type === type && kinds.includes(one.kind)).map(({ object }) => object),
      );
    const behind = new Set(changed(statements.filter((one) => one.number > number)));
    return changed(statements.filter((one) => one.number < number)).filter((object) => behind.has(object));
  };
  const functions = new Set(around('function', 'definition', 'replaced', 'dropped', 'created'));
  const gone = new Set(around('trigger', 'dropped', 'created'));
  return (statement.adviceFacts?.writing ?? []).flatMap(({ relation, triggers }) => {
    const off = triggers.filter(
      ({ before, state, calls }) => before !== 'D' && (state === 'D' || functions.has(calls)),
    );
    const there = new Set(triggers.map(({ name }) => name));
    const away = [...gone].flatMap((object) => {
      const name = nameOnTable(object, relation);
      return name === undefined || there.has(name) ? [] : [{ name, state: 'O' }];
    });
    return [...off, ...away].map(({ name, state }) => ({
      ...{ name, relation },
      left: leftAs(
        `trigger ${name} on ${relation}`,
        state,
        statements.filter((one) => one.number > number),
      ),
    }));
  });
}

function leftAs(trigger: string, state: string, later: readonly MeasuredStatement[]): string | undefined {
  let left: string | undefined = state;
  for (const { kind, object, to = '' } of later.flatMap(({ changes }) => changes)) {
    if (object !== trigger) continue;
    if (kind === 'dropped') left = undefined;
    if (kind === 'created') left = 'O';
    if (kind === 'trigger') left = states[to] ?? 'O';
  }
  return left;
}

/** Of `trigger touch on public.orders`. */
function nameOnTable(object: string, relation: string): string | undefined {
  const end = ` on ${relation}`;
  return object.endsWith(end) ? object.slice('trigger '.length, -end.length) : undefined;
}

/** Somebody else's revision has turned it off, or production has it so: whether it is on again in another revision is not known here. */
function wordOffBefore({ adviceFacts }: MeasuredStatement): readonly string[] {
  const names = (adviceFacts?.writing ?? []).flatMap(({ relation, triggers }) =>
    triggers.filter(({ before, state }) => state === 'D' && before === 'D').map(({ name }) => `${name} on ${relation}`),
  );
  return names.length === 0
    ? []
    : [`${names.join(', ')} must not fire: off before this file, and to be off for as long as this runs`];
}

function wordOff(off: readonly Off[]): string {
  const names = off.map(({ name, relation }) => `${name} on ${relation}`).join(', ');
  const locks = [...new Set(off.map(({ relation }) => relation))].map((table) => `SHARE ROW EXCLUSIVE on ${table}`);
  return `${names} must not fire: it is off and on again in the same transaction, and writes wait for that (${locks.join(', ')})`;
}

function wordStaying(off: readonly Off[]): string {
  const names = off.map(({ name, relation }) => `${name} on ${relation}`).join(', ');
  const locks = [...new Set(off.map(({ relation }) => relation))].map((table) => `SHARE ROW EXCLUSIVE on ${table}`);
  return `${names} must not fire: the file turns it off and leaves it so, and this does the same (${locks.join(', ')})`;
}

/** The statement as it stands, in a revision of its own, with what it needs around it. */
export function setBehind(statement: MeasuredStatement, step: MeasuredStep): Way {
  const around = surroundingsOf(statement, step);
  if (around === undefined) return [run(cannotBeTaken)];
  const { words, before, behind } = around;
  const heading = `in a revision of its own, after what it needs${words.map((one) => `;\n${one}`).join('')}:`;
  return [under(heading, ...before, `${statement.text};`, ...behind)];
}

const cannotBeTaken =
  '-- it needs what the file has set up before it (settings, temporary tables, triggers that are off), and can only be taken\n-- out together with that: by hand';

/** Whether a row is written, and how, depends on nothing but the row itself and on tables that the statement lets be. */
export function isRowwise(node: Node, relation: string, statement: MeasuredStatement): boolean {
  if (limits(node) || reads(node, familyOf(statement, relation))) return false;
  for (const [kind, body] of findNodes(node)) {
    if (kind === 'ColumnRef' && places.test(lastName(body, 'fields'))) return false;
    if (kind === 'FuncCall' && unsteady.test(lastName(body, 'funcname'))) return false;
    if (kind === 'CurrentOfExpr' || kind === 'RangeTableSample') return false;
  }
  return true;
}

/** One of these by its name, beside what it writes to. */
export function reads(node: Node, relations: readonly string[]): boolean {
  return [...findNodes(node)].some(
    ([kind, body]) => kind === 'RangeVar' && relations.some((name) => isCalled(name, toCalled(body))),
  );
}

const places = /^(ctid|tableoid|xmin|xmax|cmin|cmax)$/;

const unsteady = /^(random|nextval|lastval|currval|setval|clock_timestamp|timeofday|pg_(try_)?advisory.*)$/;

/** It takes so many rows and no more, or those that nobody else has: the next batch would take others. */
function limits(tree: unknown): boolean {
  if (Array.isArray(tree)) return tree.some(limits);
  if (typeof tree !== 'object' || tree === null) return false;
  return Object.entries(tree).some(([key, value]) => {
    if (/^(limitCount|limitOffset|lockingClause|withClause|over)$/.test(key)) return true;
    // Of DISTINCT alone it is empty.
    if (key === 'distinctClause' && JSON.stringify(value) !== '[{}]') return true;
    return limits(value);
  });
}

function toCalled(body: unknown): { readonly name: string; readonly schema?: string | undefined } {
  const { relname = '', schemaname } = body as {
    readonly relname?: string | undefined;
    readonly schemaname?: string | undefined;
  };
  return { name: relname, schema: schemaname };
}

function lastName(body: unknown, key: 'fields' | 'funcname'): string {
  const names = (body as Readonly<Record<string, readonly { String?: { sval?: string } }[] | undefined>>)[key];
  return names?.at(-1)?.String?.sval ?? '';
}
