import type { Change } from './change.ts';
import { differencesOf, relationsIn, relationTypes, touchedBy } from './drift-differences.ts';
import { isIndirect } from './facts/text.ts';
import { type Item, takeInventory } from './inventory.ts';
import type { MeasuredStatement, MeasuredStep } from './measured.ts';
import { describeName, describeObject } from './object-name.ts';
import type { Drift, Hit } from './rules/rule.ts';
import type { Snapshot } from './snapshot.ts';
import { type Asked, askOf } from './statement-options.ts';

/** An object of the database that depends on what a statement drops or changes. */
export interface Dependent {
  /** The object that it depends on, described as in a Change. */
  readonly on: string;
  /** Described as in a Change, where a snapshot has this kind of object. */
  readonly object: string | undefined;
  /** The description that PostgreSQL gives. */
  readonly words: string;
  /** A change of type rebuilds a constraint on the column, but is refused for a view. */
  readonly isConstraint: boolean;
}

/** Finds what the plan drops or retypes, whose dependents in the database have to be looked up. Pure. */
export function findRemoved(steps: readonly MeasuredStep[], there: Snapshot): readonly Item[] {
  const items = takeInventory(there);
  const objects = steps.flatMap(({ statements }) =>
    statements.flatMap(({ changes }) =>
      changes.flatMap(({ kind, type, object }) =>
        kind === 'dropped' || (kind === 'type' && type === 'column') ? [object] : [],
      ),
    ),
  );
  return [...new Set(objects)].flatMap((object) => items.get(object) ?? []);
}

export interface Compared {
  readonly steps: readonly MeasuredStep[];
  /** Scratch before the plan. */
  readonly start: Snapshot;
  readonly there: Snapshot;
  readonly dependents: readonly Dependent[];
}

/** Walks through the plan and tracks what exists in the database by then. Pure. */
export function findDrift({ steps, start, there: now, dependents }: Compared): Drift {
  const made = takeInventory(start);
  const there = new Map(takeInventory(now));
  const relations = new Set([...there.values()].flatMap(relationsIn));
  const known = new Set([...made.values()].flatMap(relationsIn));
  const noted = new Set<string>();
  const hits = new Map<string, { refused: Hit[]; noted: Hit[] }>();
  for (const { id, statements } of steps) {
    for (const statement of statements) {
      const found = { refused: [] as Hit[], noted: [] as Hit[] };
      hits.set(JSON.stringify([id, statement.number]), found);
      if (statement.error !== undefined) continue;
      const asked = askOf(statement);
      const say = (isRefused: boolean, relation: string | undefined, message: string, advice: string) =>
        (isRefused ? found.refused : found.noted).push({
          relation,
          message,
          advice,
        });
      for (const relation of touchedBy(statement)) {
        if (known.has(relation) && !relations.has(relation) && !noted.has(relation)) {
          noted.add(relation);
          say(
            !isIndirect(statement),
            relation,
            `${relation} is not there, in the database that the plan is for`,
            findOut,
          );
        }
        if (noted.has(relation) || !known.has(relation)) continue;
        noted.add(relation);
        const words = differencesOf(relation, made, there);
        if (words.length > 0) say(false, relation, `${relation} is another one there: ${words.join('; ')}`, findOut);
      }
      for (const change of statement.changes) {
        follow(change, { statement, asked, made, there, relations, dependents, say });
      }
    }
  }
  const of = (id: string, number: number) => hits.get(JSON.stringify([id, number]));
  return { refused: (id, number) => of(id, number)?.refused ?? [], noted: (id, number) => of(id, number)?.noted ?? [] };
}

const findOut =
  '-- find out who changed it there, and bring files and database together first: by a revision that makes what is there, recorded there with updown stamp; or by taking the change back there';

interface Account {
  readonly statement: MeasuredStatement;
  readonly asked: Asked;
  readonly made: ReadonlyMap<string, Item>;
  readonly there: Map<string, Item>;
  readonly relations: Set<string>;
  readonly dependents: readonly Dependent[];
  readonly say: (isRefused: boolean, relation: string | undefined, message: string, advice: string) => void;
}

function follow(change: Change, account: Account): void {
  const { kind, object, cascaded } = change;
  if (kind === 'created') create(change, account);
  else if (kind === 'dropped') {
    if (cascaded === undefined) lose(change, account, account.asked.mayLack);
    keepTo(change, account);
    account.there.delete(object);
    account.relations.delete(nameOfRelation(change) ?? '');
  } else {
    lose(change, account, account.asked.mayLack);
    if (kind === 'type' && change.type === 'column') keepTo(change, account);
    if (kind !== 'renamed') return;
    rename(change, account);
  }
}

/** The parts of a renamed table are not tracked under its new name. The run itself finds out. */
function rename(change: Change, { statement, there, relations, say }: Account): void {
  const { object, type, relation, to } = change;
  const name = nameOfRelation(change);
  const now =
    type === 'column' && to !== undefined ? describeObject({ type, name: { ...change.name, name: to } }) : undefined;
  const isTaken = now === undefined ? name !== undefined && to !== undefined && relations.has(to) : there.has(now);
  if (isTaken)
    say(!isIndirect(statement), relation, `${now ?? `${type} ${to}`} already exists: the server refuses it`, findOut);
  there.delete(object);
  if (name === undefined) return;
  relations.delete(name);
  if (to !== undefined) relations.add(to);
}

/** The name of the relation, where the change is about a relation itself. */
function nameOfRelation(change: Change): string | undefined {
  return relationTypes.has(change.type) ? describeName(change) : undefined;
}

function create(change: Change, { statement, asked, there, relations, say }: Account): void {
  const { object, relation } = change;
  const name = nameOfRelation(change);
  const isThere = there.has(object) || (name !== undefined && relations.has(name));
  if (name !== undefined) relations.add(name);
  if (!isThere) {
    there.set(object, {
      object,
      type: change.type,
      name: change.name,
      catalog: '',
      oid: 0,
      number: 0,
      relation,
    });
    return;
  }
  const isIn = name ?? relation;
  if (asked.replaces) say(false, isIn, `${object} already exists, and is put in the place of another one`, findOut);
  else if (asked.mayExist)
    say(false, isIn, `${object} already exists: the statement is skipped, whatever that one looks like`, findOut);
  else say(!isIndirect(statement), isIn, `${object} already exists: the server refuses it`, findOut);
}

/** What scratch had and the statement changes or drops has to exist in the database. */
function lose(
  { object, relation, type }: Change,
  { statement, made, there, relations, say }: Account,
  mayLack: boolean,
): void {
  if (!made.has(object) || there.has(object)) return;
  // The parts of a missing table are missing as well, which is said only once.
  if (relation !== undefined && !relations.has(relation) && type !== 'index') return;
  if (mayLack) say(false, relation, `${object} is not there: the statement passes it over`, findOut);
  else say(!isIndirect(statement), relation, `${object} is not there: the server refuses it`, findOut);
}

/** A dependent that scratch has as well did not stop the statement there. */
function keepTo({ kind, object, relation }: Change, { statement, asked, made, there, dependents, say }: Account): void {
  const others = dependents.filter(
    (one) =>
      one.on === object &&
      (kind === 'dropped' || !one.isConstraint) &&
      (one.object === undefined || (!made.has(one.object) && there.has(one.object))),
  );
  if (others.length === 0) return;
  const words = [...new Set(others.map((one) => one.object ?? one.words))].join(', ');
  if (kind === 'dropped' && asked.cascades) {
    say(false, relation, `CASCADE takes along what the files do not know: ${words}`, findOut);
    for (const { object: gone } of others) if (gone !== undefined) there.delete(gone);
    return;
  }
  const verb = kind === 'dropped' ? 'depends on' : 'uses';
  say(
    !isIndirect(statement),
    relation,
    `${words} ${verb} ${object} there: the server refuses it (${kind === 'dropped' ? '2BP01' : '0A000'})`,
    `-- what is not wanted any more: drop it in a revision before\n${findOut}`,
  );
}
