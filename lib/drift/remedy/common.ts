import type { DefaultPrivileges } from '../../schema/extra.ts';
import type { Kind, Kinds, WholeKind } from '../../schema/kind.ts';
import type { Grant, Granted, Options } from '../../schema/name.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { roleName } from '../../schema/render/words.ts';
import { quoteIdent, quoteLiteral } from '../../sql/quote.ts';
import { schemaOf, settleDefaults, writeGrants, writeOwnerLacks } from './grants.ts';
import { run, type Subject, type Written, writeComment } from './written.ts';

type Spoken = Pick<Subject<Kind>, 'object'>;

interface Privileged {
  readonly on: string;
  readonly wanted: Granted | undefined;
}

interface DescribedWriters {
  readonly comment: (subject: Spoken, wanted: string | null) => Written;
}

interface OwnedWriters extends DescribedWriters {
  readonly owner: (subject: Spoken, wanted: string) => Written;
}

interface GrantedWriters extends OwnedWriters {
  readonly grants: (subject: Privileged, wanted: readonly Grant[], there: readonly Grant[]) => Written;
  readonly ownerLacks: (subject: Privileged, wanted: readonly string[], there: readonly string[]) => Written;
}

export const described: DescribedWriters = { comment: writeComment };

export const owned: OwnedWriters = {
  ...described,
  owner: ({ object }, wanted) => run(`ALTER ${object} OWNER TO ${roleName(wanted)};`),
};

export const granted: GrantedWriters = {
  ...owned,
  grants: ({ on }, wanted, there) => run(...writeGrants(wanted, there, on)),
  ownerLacks: ({ on, wanted: value }, wanted, there) => writeOwnerLacks(on, value?.owner ?? '', wanted, there),
};

export function drop({ object }: Spoken): Written {
  return run(`DROP ${object};`);
}

const objects: { readonly [K in WholeKind]?: DefaultPrivileges['name']['objects'] } = {
  ...{ table: 'tables', 'foreign-table': 'tables', view: 'tables', 'materialized-view': 'tables' },
  ...{
    sequence: 'sequences',
    function: 'functions',
    procedure: 'functions',
    aggregate: 'functions',
    schema: 'schemas',
  },
  ...{ enum: 'types', domain: 'types', composite: 'types', range: 'types' },
};

/** As the snapshot has it; `statements` where that is not to be run. */
export function make<K extends WholeKind>(
  subject: Subject<K>,
  value: Kinds[K],
  statements: readonly string[] = renderObject(subject.kind, value),
): Written {
  return run(...statements, ...withoutDefaults(subject, value));
}

/** What it has got by default privileges, and is not to have. */
export function withoutDefaults<K extends WholeKind>(subject: Subject<K>, value: Kinds[K]): readonly string[] {
  const of = objects[subject.kind];
  if (of === undefined || !('grants' in value)) return [];
  const schema = schemaOf(subject.name as never);
  return settleDefaults(subject.on, value as unknown as Granted, { objects: of, schema, sides: subject });
}

/** Storage parameters and the like: `ALTER TABLE t SET (a = '1')`. */
export function writeOptions(alter: string, wanted: Options, there: Options, prefix = ''): Written {
  const set = Object.entries(wanted).filter(([name, value]) => there[name] !== value);
  const reset = Object.keys(there).filter((name) => wanted[name] === undefined);
  const nameOf = (name: string) => `${prefix}${quoteIdent(name)}`;
  return run(
    ...(reset.length === 0 ? [] : [`${alter} RESET (${reset.map(nameOf).join(', ')});`]),
    ...(set.length === 0
      ? []
      : [`${alter} SET (${set.map(([name, value]) => `${nameOf(name)} = ${quoteLiteral(value)}`).join(', ')});`]),
  );
}

/** Of foreign data. What is secret was never read: it is put back by hand. */
export function writeForeignOptions(alter: string, wanted: Options, there: Options): Written {
  const changed = [...new Set([...Object.keys(wanted), ...Object.keys(there)])].filter(
    (name) => wanted[name] !== there[name],
  );
  if (changed.some((name) => wanted[name] === hidden))
    return { statements: [], why: 'What a secret option holds is never read.' };
  const items = changed.map((name) => {
    const value = wanted[name];
    if (value === undefined) return `DROP ${quoteIdent(name)}`;
    return `${there[name] === undefined ? 'ADD' : 'SET'} ${quoteIdent(name)} ${quoteLiteral(value)}`;
  });
  return run(`${alter} OPTIONS (${items.join(', ')});`);
}

/** What a snapshot has in the place of a secret. */
export const hidden = '***';
