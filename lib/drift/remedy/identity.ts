import { freeName } from '../../schema/free-name.ts';
import type { Name } from '../../schema/name.ts';
import type { Column, Sequence } from '../../schema/relation.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { isSame } from '../../schema/same.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import { ownSequences, sequencesOf } from './own-sequence.ts';
import { countOn, nextOf, type OwningColumn, usersOf } from './sequence.ts';
import { run, type Subject, type Written } from './written.ts';

type Of = Subject<'column'>;

/** A sequence that replaces another one continues from its last value, since rows that were deleted have used numbers as well. */
export function writeIdentity(of: Of, wanted: Column['identity'], there: Column['identity']): Written {
  const set = `${of.alter} ALTER COLUMN ${quoteIdent(of.name)}`;
  const owner = { table: of.of?.name as Name, column: of.name };
  if (wanted !== null && there !== null) {
    const isKept = isSame(wanted.sequence, there.sequence);
    const kind = `${set} SET GENERATED ${wanted.generated.toUpperCase()};`;
    if (isKept) return run(kind);
    const rename = `ALTER SEQUENCE ${quoteRelation(there.sequence)} RENAME TO ${quoteIdent(wanted.sequence.name)};`;
    return run(rename, ...(wanted.generated === there.generated ? [] : [kind]), ...ownSequences(of, owner, 'kept'));
  }
  const old = findOld(of, owner);
  if (wanted !== null) return run(...addIdentity(of, { owner, set, wanted, old }));
  return run(...dropIdentity(of, { owner, set, old }));
}

interface Place {
  readonly owner: OwningColumn;
  readonly set: string;
  /** Where the values of the column come from so far. */
  readonly old: Sequence | undefined;
}

/** The sequence of its identity, that of its default, or else one that it owns. */
function findOld({ live, there }: Of, owner: OwningColumn): Sequence | undefined {
  const { sequences } = live;
  const owned = sequences.filter(({ ownedBy }) =>
    isSame([ownedBy?.table, ownedBy?.column], [owner.table, owner.column]),
  );
  return (
    owned.find(({ ownedBy }) => ownedBy?.identity) ??
    sequences.find(({ name }) => nextOf(name) === there?.default) ??
    owned[0]
  );
}

function addIdentity(
  of: Of,
  { owner, set, wanted, old }: Place & { readonly wanted: NonNullable<Column['identity']> },
): readonly string[] {
  const { sequence: name, generated } = wanted;
  const clash = of.live.sequences.find((one) => isSame(one.name, name));
  const aside = clash === undefined ? name : nameBeside(of, name);
  const made = sequencesOf(of, owner).filter(({ ownedBy }) => ownedBy?.identity);
  return [
    ...(of.there?.default == null ? [] : [`${set} DROP DEFAULT;`]),
    `${set} ADD GENERATED ${generated.toUpperCase()} AS IDENTITY (SEQUENCE NAME ${quoteRelation(aside)});`,
    ...ownSequences(renamed(of, name, aside), owner, 'new'),
    ...made.map((sequence) => goOn({ ...sequence, name: aside }, old, owner)),
    ...(clash === undefined ? [] : [...repoint(of, owner, name, aside), `DROP SEQUENCE ${quoteRelation(name)};`]),
    ...renameBack(name, aside),
  ];
}

/** Other columns that use the dropped sequence use the new one. */
function repoint(of: Of, owner: OwningColumn, name: Name, aside: Name): readonly string[] {
  return usersOf(of, name)
    .filter(({ table, column }) => !isSame({ table, column }, owner))
    .map(
      ({ table, column }) =>
        `ALTER TABLE ${quoteRelation(table)} ALTER COLUMN ${quoteIdent(column)} SET DEFAULT ${nextOf(aside)};`,
    );
}

/** The new sequence is created as a change of its own, unless it has the name of the dropped one. */
function dropIdentity(of: Of, { owner, set, old }: Place): readonly string[] {
  const { expected, wanted } = of;
  const owned = sequencesOf(of, owner);
  const clash = owned.find(({ name }) => isSame(name, old?.name));
  const others = expected.sequences.filter(
    (one) => one !== clash && (owned.includes(one) || nextOf(one.name) === wanted?.default),
  );
  const further = others.map((one) => goOnFurther(one, old, owner));
  if (clash === undefined) return [...further, `${set} DROP IDENTITY;`];
  const aside = { ...clash, name: nameBeside(of, clash.name) };
  return [
    ...renderObject('sequence', { ...aside, ownedBy: null }),
    goOn(aside, old, owner),
    ...further,
    ...repoint(of, owner, clash.name, aside.name),
    `${set} DROP IDENTITY;`,
    ...renameBack(clash.name, aside.name),
    ...ownSequences(of, owner, 'new'),
  ];
}

/** The same with the wanted sequence under a temporary name. */
function renamed(of: Of, name: Name, aside: Name): Of {
  const sequences = of.expected.sequences.map((one) => (isSame(one.name, name) ? { ...one, name: aside } : one));
  return { ...of, expected: { ...of.expected, sequences } };
}

function renameBack(name: Name, aside: Name): readonly string[] {
  return isSame(name, aside) ? [] : [`ALTER SEQUENCE ${quoteRelation(aside)} RENAME TO ${quoteIdent(name.name)};`];
}

function nameBeside({ live, expected }: Of, { schema, name }: Name): Name {
  return { schema, name: freeName(name, '_new', new Set([live, expected].flatMap(relationsOf))) };
}

function relationsOf({ tables, foreignTables, views, materializedViews, sequences }: Schema): readonly string[] {
  const indexed = [...tables, ...materializedViews].flatMap(({ indexes }) => indexes.map(({ name }) => name));
  return [
    ...[tables, foreignTables, views, materializedViews, sequences].flat().map(({ name }) => name.name),
    ...indexed,
  ];
}

/** For a new sequence, which begins with its START. If the old one counts the other way, it continues after the values in the table. */
function goOn(sequence: Sequence, old: Sequence | undefined, owner: OwningColumn): string {
  if (old === undefined || isDown(old) !== isDown(sequence)) return countOn(sequence, [owner]);
  const isBounded =
    old.start !== sequence.start || old.minimum !== sequence.minimum || old.maximum !== sequence.maximum;
  if (isBounded) return goOnFurther(sequence, old, owner);
  const name = quoteLiteral(quoteRelation(sequence.name));
  return `SELECT pg_catalog.setval(${name}, last_value, is_called) FROM ${quoteRelation(old.name)};`;
}

/** Moves a sequence forward only. */
function goOnFurther(sequence: Sequence, old: Sequence | undefined, owner: OwningColumn): string {
  if (old === undefined || isDown(old) !== isDown(sequence)) return countOn(sequence, [owner]);
  const [own, other] = [sequence.name, old.name].map(quoteRelation);
  const sign = isDown(sequence) ? '<' : '>';
  const isFurther = `o.last_value ${sign} n.last_value OR (o.last_value = n.last_value AND o.is_called)`;
  return `SELECT pg_catalog.setval(${quoteLiteral(own ?? '')}, o.last_value, o.is_called) FROM ${other} o, ${own} n WHERE ${isFurther};`;
}

function isDown({ increment }: Sequence): boolean {
  return increment.startsWith('-');
}
