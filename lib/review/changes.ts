import { quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Change, ColumnFacts, ConstraintFacts, Standing } from './change.ts';
import type { Comparison } from './comparison.ts';
import { relationKinds } from './effects.ts';
import { type Meant, meantBy } from './meant.ts';
import { parentOf } from './parent.ts';
import { findRebuiltConstraints, findRebuiltIndexes } from './rebuilt.ts';
import type { ColumnRow, ConstraintRow, ObjectRow, RelationRow, Snapshot } from './snapshot.ts';

type Snapshots = Pick<Comparison, 'base' | 'origin' | 'before' | 'after'>;

interface Compared extends Snapshots {
  /** Asked where something is gone: the text is parsed for it. */
  readonly meant: () => Meant;
}

/** What differs between two snapshots in the catalogs, of things that were there before the revision began, and what it made beside them. */
export function compareCatalogs({ text, ...snapshots }: Snapshots & Pick<Comparison, 'text'>): readonly Change[] {
  let known: Meant | undefined;
  const meant = () => {
    known ??= meantBy(text, snapshots.before);
    return known;
  };
  const comparison: Compared = { ...snapshots, meant };
  const changes = [
    ...compareRelations(comparison),
    ...compareColumns(comparison),
    ...compareConstraints(comparison),
    ...compareObjects(comparison),
    ...compareEnums(comparison),
  ];
  return tellMeant(changes).sort((a, b) =>
    a.object < b.object ? -1 : a.object > b.object ? 1 : a.kind < b.kind ? -1 : 1,
  );
}

/** A function that drops things names none of them where it is called: then all of them are meant, but for what is a part of another. */
function tellMeant(changes: readonly Change[]): Change[] {
  const dropped = changes.filter(({ kind }) => kind === 'dropped');
  if (dropped.some(({ cascaded }) => cascaded === undefined)) return [...changes];
  const gone = new Set(dropped.map(({ object, type }) => object.slice(type.length + 1)));
  return changes.map((change) => {
    const { cascaded, ...meant } = change;
    return cascaded === undefined || gone.has(change.relation ?? '') ? change : meant;
  });
}

function compareRelations(compared: Compared): readonly Change[] {
  const { before, after } = compared;
  const scene = sceneOf(compared);
  return [
    ...[...after.relations.values()].flatMap((now): readonly Change[] => {
      if (now.kind === 'c') return [];
      const then = before.relations.get(now.oid);
      return then === undefined ? relationMade(now, scene) : relationKept(then, now, scene);
    }),
    ...[...before.relations.values()].filter((then) => isRelationGone(then, scene)).map((then) => dropped(then, scene)),
  ];
}

/** What every relation is looked at beside. */
interface Scene extends Compared {
  /** Names of what was there before the revision. */
  readonly known: ReadonlySet<string>;
  /** Of indexes made anew, by the new one's oid, the old one. */
  readonly remade: ReadonlyMap<number, RelationRow>;
  readonly replaced: ReadonlySet<number>;
  /** Indexes whose constraint tells of them. */
  readonly ofConstraints: ReadonlySet<number>;
  readonly makesTable: boolean;
}

function sceneOf(compared: Compared): Scene {
  const { base, before, after } = compared;
  const remade = findRebuiltIndexes({ before, after });
  const constraints = [before, after].flatMap((snapshot) => [...snapshot.constraints.values()]);
  return {
    ...compared,
    known: new Set(Array.from(base.relations.values(), ({ name }) => name)),
    remade,
    replaced: new Set(Array.from(remade.values(), ({ oid }) => oid)),
    ofConstraints: new Set(constraints.flatMap(({ kind, index }) => ('pux'.includes(kind) ? [index] : []))),
    makesTable: [...after.relations].some(([oid, { kind }]) => 'rp'.includes(kind) && !before.relations.has(oid)),
  };
}

function relationKept(then: RelationRow, now: RelationRow, { base, origin, known }: Scene): readonly Change[] {
  if (base.relations.has(now.oid)) return compareRelation(then, now).map(ofPlan(knows(origin).relation(then)));
  // One that the revision made, and that takes an old one's name, is there under it from now on.
  const takesName = then.name !== now.name && now.index === null && known.has(now.name);
  return takesName ? [{ kind: 'created', ...describe(now) }] : [];
}

function relationMade(now: RelationRow, { base, remade, ofConstraints, makesTable }: Scene): readonly Change[] {
  if (remade.has(now.oid)) return [];
  // A sequence beside a new table is a part of it.
  if (now.index === null) return now.kind === 'S' && makesTable ? [] : [{ kind: 'created', ...describe(now) }];
  const table = base.relations.get(now.index.table);
  if (table === undefined || ofConstraints.has(now.oid)) return [];
  return [{ kind: 'created', ...describe(now), relation: table.name, to: now.index.definition ?? undefined }];
}

function isRelationGone(then: RelationRow, { base, after, replaced, ofConstraints }: Scene): boolean {
  if (then.kind === 'c' || replaced.has(then.oid)) return false;
  if (after.relations.has(then.oid) || !base.relations.has(then.oid)) return false;
  return then.index === null || isWithTable(then, after) || !ofConstraints.has(then.oid);
}

/** An index that goes because its table does. */
function isWithTable({ index }: RelationRow, after: Snapshot): boolean {
  return index !== null && !after.relations.has(index.table);
}

function dropped(then: RelationRow, { origin, before, after, meant }: Scene): Change {
  return {
    kind: 'dropped',
    ...describe(then),
    relation: then.index === null ? undefined : before.relations.get(then.index.table)?.name,
    cascaded: isWithTable(then, after) || !meant().relation(then) || undefined,
    madeInPlan: !knows(origin).relation(then) || undefined,
  };
}

/** Whether it was there, or another under its name, which the plan has made again since. */
interface Knowledge {
  readonly relation: (row: RelationRow) => boolean;
  readonly column: (row: ColumnRow, table: string) => boolean;
  readonly object: (row: ObjectRow) => boolean;
}

const knowledge = new WeakMap<Snapshot, Knowledge>();

function knows(origin: Snapshot): Knowledge {
  const known = knowledge.get(origin) ?? toKnowledge(origin);
  knowledge.set(origin, known);
  return known;
}

function toKnowledge({ relations, columns, objects }: Snapshot): Knowledge {
  const tables = new Set(Array.from(relations.values(), ({ name }) => name));
  const fields = new Set(
    Array.from(columns.values(), ({ relation, name }) => JSON.stringify([relations.get(relation)?.name, name])),
  );
  const names = new Set(Array.from(objects.values(), ({ type, name }) => `${type} ${name}`));
  return {
    relation: ({ oid, name }) => relations.has(oid) || tables.has(name),
    column: ({ relation, number, name }, table) =>
      columns.has(`${relation}.${number}`) || fields.has(JSON.stringify([table, name])),
    object: ({ key, type, name }) => objects.has(key) || names.has(`${type} ${name}`),
  };
}

function ofPlan(isOld: boolean): (change: Change) => Change {
  return (change) => (isOld ? change : { ...change, madeInPlan: true });
}

function compareRelation(then: RelationRow, now: RelationRow): readonly Change[] {
  const { object, type } = describe(then);
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, object, type, relation: then.name, from: from || undefined, to: to || undefined }];
  const validity: readonly Change[] =
    then.index === null || now.index === null || then.index.valid === now.index.valid
      ? []
      : [{ kind: now.index.valid ? 'validated' : 'invalid', object, type }];
  return [
    ...change('renamed', then.name, now.name),
    ...change('owner', then.owner, now.owner),
    ...(then.privileges === now.privileges ? [] : [{ kind: 'privileges' as const, object, type, relation: then.name }]),
    ...change('definition', then.settings, now.settings).map((one) => ({
      ...one,
      was: standingOf(then),
      now: standingOf(now),
    })),
    ...change('definition', wordStorage(then), wordStorage(now)),
    ...(then.query === now.query ? [] : [{ kind: 'replaced' as const, object, type, relation: then.name }]),
    ...validity,
  ];
}

function standingOf(row: RelationRow): Standing {
  const { rowSecurity, forced } = row;
  return { parent: parentOf(row), rowSecurity, forced };
}

function wordStorage({ storage }: RelationRow): string {
  const [persistence = ''] = storage.split(' ');
  return { p: 'logged', u: 'unlogged' }[persistence] ?? persistence;
}

function compareColumns({ base, origin, before, after, meant }: Compared): readonly Change[] {
  const changes: Change[] = [];
  const isOld = (oid: number) => base.relations.has(oid) && before.relations.has(oid) && after.relations.has(oid);
  const domains = findDomains(after);
  for (const [key, now] of after.columns) {
    if (!isOld(now.relation)) continue;
    const table = before.relations.get(now.relation)!;
    const then = before.columns.get(key);
    const isView = 'vm'.includes(table.kind);
    if (then !== undefined) {
      const found = compareColumn(then, now, table.name, columnFacts(now, domains), isView);
      changes.push(...found.map(ofPlan(knows(origin).column(then, table.name))));
    } else if (!isView) {
      const named = { object: `column ${table.name}.${quoteIdent(now.name)}`, type: 'column', relation: table.name };
      changes.push({ kind: 'created', ...named, to: wordColumn(now), column: columnFacts(now, domains) });
    }
  }
  for (const [key, then] of before.columns) {
    const table = before.relations.get(then.relation);
    if (after.columns.has(key) || !isOld(then.relation) || table === undefined || 'vm'.includes(table.kind)) continue;
    if (!base.columns.has(key)) continue;
    const object = `column ${table.name}.${quoteIdent(then.name)}`;
    const cascaded = meant().column(then) ? {} : { cascaded: true as const };
    const dropped: Change = {
      kind: 'dropped',
      object,
      type: 'column',
      relation: table.name,
      from: then.type,
      ...cascaded,
    };
    changes.push(ofPlan(knows(origin).column(then, table.name))(dropped));
  }
  return changes;
}

function compareColumn(
  then: ColumnRow,
  now: ColumnRow,
  table: string,
  column: ColumnFacts,
  isView: boolean,
): readonly Change[] {
  const named = { object: `column ${table}.${quoteIdent(then.name)}`, type: 'column', relation: table };
  const change = (kind: Change['kind'], from: string, to: string): readonly Change[] =>
    from === to ? [] : [{ kind, ...named, from: from || undefined, to: to || undefined, column }];
  if (isView) return change('renamed', then.name, now.name);
  return [
    ...change('renamed', then.name, now.name),
    ...change('type', then.type, now.type),
    ...(then.notNull === now.notNull
      ? []
      : [{ kind: now.notNull ? ('not-null' as const) : ('nullable' as const), ...named, column }]),
    ...change('default', wordDefault(then), wordDefault(now)),
    ...(then.settings === now.settings && then.privileges === now.privileges
      ? []
      : [{ kind: 'definition' as const, ...named, column }]),
  ];
}

function findDomains({ objects }: Snapshot): ReadonlySet<string> {
  return new Set([...objects.values()].filter(({ type }) => type === 'domain').map(({ name }) => name));
}

function columnFacts(column: ColumnRow, domains: ReadonlySet<string>): ColumnFacts {
  const { name, type, notNull } = column;
  const isDomain = domains.has(type);
  const value = wordDefault(column);
  return {
    name,
    type,
    notNull,
    fills: value !== '',
    value: value || undefined,
    domain: isDomain || undefined,
  };
}

function wordColumn(column: ColumnRow): string {
  const rest = wordDefault(column);
  return `${column.type}${column.notNull ? ' NOT NULL' : ''}${rest === '' ? '' : ` ${rest}`}`;
}

function wordDefault({ expression, identity, generated }: ColumnRow): string {
  if (identity !== '') return `GENERATED ${identity === 'a' ? 'ALWAYS' : 'BY DEFAULT'} AS IDENTITY`;
  if (expression === null) return '';
  if (generated !== '') return `GENERATED ALWAYS AS (${expression})${generated === 's' ? ' STORED' : ''}`;
  return `DEFAULT ${expression}`;
}

const constraintKinds: Readonly<Record<string, ConstraintFacts['kind']>> = {
  c: 'check',
  f: 'foreign key',
  p: 'primary key',
  u: 'unique',
  x: 'exclude',
  n: 'not null',
};

function compareConstraints({ base, before, after, meant }: Compared): readonly Change[] {
  const wanted = ({ kind, inherited, relation }: ConstraintRow) =>
    kind in constraintKinds &&
    !inherited &&
    (relation === 0 || (base.relations.has(relation) && before.relations.has(relation)));
  const isOfNewDomain = ({ relation, domain }: ConstraintRow) => relation === 0 && !base.objects.has(`y${domain}`);
  const remade = findRebuiltConstraints({ before, after });
  const replaced = new Set(Array.from(remade.values(), ({ oid }) => oid));
  const isGone = ({ oid, kind }: ConstraintRow) =>
    kind !== 'n' && !after.constraints.has(oid) && !replaced.has(oid) && base.constraints.has(oid);
  return [
    ...[...after.constraints.values()]
      .filter((now) => wanted(now) && !isOfNewDomain(now))
      .flatMap((now) =>
        compareConstraint(before.constraints.get(now.oid) ?? remade.get(now.oid), now, { before, after }),
      ),
    ...[...before.constraints.values()]
      .filter((then) => wanted(then) && isGone(then))
      .map((then): Change => {
        const isPart = then.relation !== 0 && !after.relations.has(then.relation);
        return {
          kind: 'dropped',
          ...nameConstraint(then, before, after),
          constraint: constraintFacts(then, before),
          cascaded: isPart || !meant().constraint(then) || undefined,
        };
      }),
  ];
}

function compareConstraint(
  then: ConstraintRow | undefined,
  now: ConstraintRow,
  { before, after }: Pick<Compared, 'before' | 'after'>,
): readonly Change[] {
  const named = nameConstraint(now, before, after);
  const constraint = constraintFacts(now, after);
  // NOT NULL is a constraint of its own since PostgreSQL 18; the column tells of it in every version.
  const isToldByColumn = now.kind === 'n';
  if (then === undefined)
    return isToldByColumn ? [] : [{ kind: 'created', ...named, to: now.definition ?? undefined, constraint }];
  const change = (kind: Change['kind'], from: string, to: string, as = named): readonly Change[] =>
    isToldByColumn || from === to ? [] : [{ kind, ...as, from, to, constraint }];
  return [
    ...(!then.validated && now.validated ? [{ kind: 'validated' as const, ...named, constraint }] : []),
    ...change('renamed', then.name, now.name, nameConstraint(then, before, after)),
    ...change('definition', then.settings, now.settings),
    ...(isToldByColumn || then.firing === now.firing
      ? []
      : [{ kind: 'trigger' as const, ...named, from: wordFiring(then), to: wordFiring(now), constraint }]),
  ];
}

function nameConstraint(
  { name, relation, domain }: ConstraintRow,
  before: Snapshot,
  after: Snapshot,
): Pick<Change, 'object' | 'type' | 'relation'> {
  const table = before.relations.get(relation) ?? after.relations.get(relation);
  if (table !== undefined)
    return { object: `constraint ${quoteIdent(name)} on ${table.name}`, type: 'constraint', relation: table.name };
  const holder = before.objects.get(`y${domain}`) ?? after.objects.get(`y${domain}`);
  return { object: `constraint ${quoteIdent(name)} on domain ${holder?.name}`, type: 'constraint' };
}

export function constraintFacts(constraint: ConstraintRow, snapshot: Snapshot): ConstraintFacts {
  const { name, kind, columns, relation, references, validated, definition } = constraint;
  const target = snapshot.relations.get(references)?.name;
  const index = 'pux'.includes(kind) ? snapshot.relations.get(constraint.index)?.name : undefined;
  return {
    name,
    kind: constraintKinds[kind]!,
    columns: columns.map((number) => snapshot.columns.get(`${relation}.${number}`)?.name ?? ''),
    validated,
    definition: definition ?? undefined,
    references: target,
    index,
  };
}

function compareObjects({ base, origin, before, after, meant }: Compared): readonly Change[] {
  const changes: Change[] = [];
  const isApart = ({ relation }: ObjectRow) =>
    relation === 0 || (base.relations.has(relation) && before.relations.has(relation));
  const named = (row: ObjectRow) => {
    const relation = before.relations.get(row.relation)?.name;
    return { object: `${row.type} ${row.name}`, type: row.type, relation };
  };
  for (const [key, now] of after.objects) {
    const then = before.objects.get(key);
    if (then === undefined) {
      if (isApart(now)) changes.push({ kind: 'created', ...named(now), ...describeMade(now, after) });
    } else if (base.objects.has(key))
      changes.push(...compareObject(then, now, named(then)).map(ofPlan(knows(origin).object(then))));
  }
  for (const [key, then] of before.objects) {
    if (after.objects.has(key) || !base.objects.has(key)) continue;
    const isPart = then.relation !== 0 && !after.relations.has(then.relation);
    const cascaded = isPart || !meant().object(then) ? { cascaded: true as const } : {};
    const result = then.result === undefined ? {} : { result: then.result };
    changes.push(ofPlan(knows(origin).object(then))({ kind: 'dropped', ...named(then), ...result, ...cascaded }));
  }
  return changes;
}

/** As CREATE says it: the words of an enum, what a domain stands for and asks. */
function describeMade(
  { key, type, name, definition, state }: ObjectRow,
  after: Snapshot,
): Pick<Change, 'to' | 'domain'> {
  if (type === 'type') {
    const values = [...after.enumValues.values()].filter((value) => value.type === name);
    const words = values.sort((a, b) => a.position - b.position).map(({ label }) => quoteLiteral(label));
    return words.length === 0 ? {} : { to: `ENUM (${words.join(', ')})` };
  }
  if (type !== 'domain') return {};
  const checks = [...after.constraints.values()]
    .flatMap(({ domain, definition: check }) => (key === `y${domain}` && check?.startsWith('CHECK') ? [check] : []))
    .sort();
  const notNull = state.startsWith('not null');
  return {
    to: [definition, ...(notNull ? ['NOT NULL'] : []), ...checks].join(' '),
    domain: { type: definition, notNull, checks },
  };
}

function compareObject(
  then: ObjectRow,
  now: ObjectRow,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  const changes: Change[] = [];
  // A trigger's name holds its table's, which may be what was renamed.
  if (then.relation === 0 ? then.name !== now.name : then.called !== now.called) {
    changes.push({ kind: 'renamed', ...named, from: then.name, to: now.name });
  }
  if (then.definition !== now.definition && then.type !== 'domain') changes.push({ kind: 'replaced', ...named });
  if (then.owner !== now.owner) changes.push({ kind: 'owner', ...named, from: then.owner, to: now.owner });
  if (then.state !== now.state) changes.push(...compareState(then, now, named));
  return changes;
}

function compareState(
  { type, state: from }: ObjectRow,
  { state: to }: ObjectRow,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  if (type === 'trigger' || type === 'rule' || type === 'event trigger') {
    return [{ kind: 'trigger', ...named, from: firing[from] ?? from, to: firing[to] ?? to }];
  }
  if (type === 'domain') return compareDomain(from, to, named);
  if (type === 'type') {
    const [then, now] = [from, to].map(toAttributes) as [readonly Attribute[], readonly Attribute[]];
    const attributes = compareAttributes(named.object, then, now);
    return attributes.length > 0
      ? attributes
      : [{ kind: 'definition', ...named, from: wordAttributes(then), to: wordAttributes(now) }];
  }
  if (type === 'extension') return [{ kind: 'definition', ...named, from, to }];
  return [{ kind: 'privileges', ...named }];
}

function compareDomain(
  from: string,
  to: string,
  named: Pick<Change, 'object' | 'type' | 'relation'>,
): readonly Change[] {
  const [wasNotNull, isNotNull] = [from, to].map((state) => state.startsWith('not null'));
  const [then = '', now = ''] = [from, to].map((state) => state.replace(/^not null ?/, ''));
  return [
    ...(wasNotNull === isNotNull
      ? []
      : [{ kind: isNotNull ? ('not-null' as const) : ('nullable' as const), ...named }]),
    ...(then === now ? [] : [{ kind: 'default' as const, ...named, from: then, to: now }]),
  ];
}

type Attribute = readonly [name: string, type: string];

function toAttributes(state: string): readonly Attribute[] {
  return state === '' ? [] : (JSON.parse(state) as readonly Attribute[]);
}

function wordAttributes(attributes: readonly Attribute[]): string {
  return attributes.map(([name, type]) => `${quoteIdent(name)} ${type}`).join(', ');
}

/** Of a composite type. What stands in the place of another, of the same type, is that one renamed. */
function compareAttributes(object: string, from: readonly Attribute[], to: readonly Attribute[]): readonly Change[] {
  const named = ([name]: Attribute) => ({
    object: `attribute ${object.slice('type '.length)}.${quoteIdent(name)}`,
    type: 'attribute',
  });
  if (from.length === to.length) {
    return from.flatMap((one, index): readonly Change[] => {
      const [name, type] = one;
      const [now, other] = to[index]!;
      return name !== now && type === other ? [{ kind: 'renamed', ...named(one), from: name, to: now }] : [];
    });
  }
  return from
    .filter(([name, type]) => !to.some(([other, same]) => other === name && same === type))
    .map((one): Change => ({ kind: 'dropped', ...named(one), from: one[1] }));
}

const firing: Readonly<Record<string, string>> = {
  O: 'enabled',
  D: 'disabled',
  R: 'enabled replica',
  A: 'enabled always',
};

/** Some of its triggers may fire and others not. */
function wordFiring({ firing: states }: ConstraintRow): string {
  return firing[states === '' ? 'O' : states.slice(0, 1)]!;
}

function compareEnums({ base, before, after }: Compared): readonly Change[] {
  const changes: Change[] = [];
  const types = new Set(Array.from(base.objects.values(), ({ name }) => name));
  for (const [oid, { type, label, position }] of after.enumValues) {
    const then = before.enumValues.get(oid);
    const named = { object: `type ${type}`, type: 'type' };
    if (!types.has(type)) continue;
    if (then === undefined) {
      const others = [...after.enumValues.values()].filter((other) => other.type === type);
      const isLast = others.every((other) => other.position <= position);
      const behind = others.filter((other) => other.position < position).sort((a, b) => b.position - a.position)[0];
      const from = isLast ? 'at the end' : undefined;
      changes.push({ kind: 'enum-value', ...named, to: label, from, behind: behind?.label });
    } else if (then.label !== label)
      changes.push({ kind: 'enum-value-renamed', ...named, from: then.label, to: label });
  }
  return changes;
}

function describe(row: RelationRow): Pick<Change, 'object' | 'type'> {
  const type = relationKinds[row.kind]!;
  return { object: `${type} ${row.name}`, type };
}
