import type { Whole } from '../../schema/change.ts';
import { wordName } from '../../schema/describe-name.ts';
import type { Facet, Kind, Kinds, NameOf, WholeKind } from '../../schema/kind.ts';
import type { Name } from '../../schema/name.ts';
import { comment } from '../../schema/render/words.ts';
import type { Schema } from '../../schema/schema.ts';
import { quoteIdent, quoteRelation } from '../../sql/quote.ts';

/** What takes one difference away. */
export interface Written {
  readonly statements: readonly string[];
  /** Why there is no SQL for it. */
  readonly why?: string;
  /** Another difference's SQL does it along. */
  readonly isAlong?: boolean;
  /** It is dropped and made again. */
  readonly again?: boolean;
  /**
   * What depends on it is in the way: views and the like for a change of type, all of it for what is made again. Where values of a type are
   * written anew, columns of tables stay.
   */
  readonly moves?: 'type' | 'values' | 'whole';
  /** Behind all others: it names what they make. */
  readonly isLate?: boolean;
}

export function run(...statements: readonly string[]): Written {
  return { statements };
}

export function cannot(why: string): Written {
  return { statements: [], why };
}

export const again: Written = { statements: [], again: true, moves: 'whole' };

/** What another difference's SQL does along. */
export function follows(what: string): Written {
  return { ...cannot(`It follows from ${what}: what puts that back puts this back, too.`), isAlong: true };
}

export function followsName(subject: string): Written {
  return follows(`the new name of ${subject}`);
}

/** Both sides, of what a remedy is written for. */
export interface Sides {
  readonly expected: Schema;
  readonly live: Schema;
  readonly isToldRenames?: boolean | undefined;
}

export interface Subject<K extends Kind> extends Sides {
  readonly kind: K;
  readonly name: NameOf<K>;
  /** As COMMENT ON has it, and of what is no part also DROP and ALTER: `TABLE app.orders`, `INDEX app.i`, `COLUMN app.t.a`. */
  readonly object: string;
  /** As GRANT has it. */
  readonly on: string;
  /** The name alone, as SQL writes it. */
  readonly sql: string;
  /** Of a part: the name of what it belongs to, and ALTER with that: `ALTER TABLE app.orders`. */
  readonly table: string;
  readonly alter: string;
  readonly of: Whole | undefined;
  readonly wanted: Kinds[K] | undefined;
  readonly there: Kinds[K] | undefined;
}

type Property<K extends Kind, V> = (subject: Subject<K>, wanted: V, there: V) => Written;

/** For each kind of object how it is dropped and made, and how each of its properties is put back: the compiler asks for all of them. */
export interface Remedies<K extends Kind> {
  readonly drop: (subject: Subject<K>, value: Kinds[K]) => Written;
  readonly make: (subject: Subject<K>, value: Kinds[K]) => Written;
  readonly alter: { readonly [P in Facet<K>]: Property<K, Kinds[K][P]> };
}

const nouns: { readonly [K in Kind]?: string } = {
  ...{ enum: 'TYPE', composite: 'TYPE', range: 'TYPE', 'base-type': 'TYPE', 'foreign-server': 'SERVER' },
  ...{ aggregate: 'ROUTINE', attribute: 'COLUMN' },
};

export function nounOf(kind: Kind): string {
  return nouns[kind] ?? kind.replaceAll('-', ' ').toUpperCase();
}

export function objectOf(kind: Kind, name: NameOf<Kind>, of: Whole | undefined): string {
  if (of === undefined) return `${nounOf(kind)} ${nameOf(kind, name)}`;
  const own = quoteIdent(name as string);
  const whole = quoteRelation(of.name as Name);
  if (kind === 'index') return `INDEX ${quoteRelation({ ...(of.name as Name), name: name as string })}`;
  if (kind === 'column' || kind === 'attribute') return `COLUMN ${whole}.${own}`;
  return `${nounOf(kind)} ${own} ON ${of.kind === 'domain' ? 'DOMAIN ' : ''}${whole}`;
}

function nameOf(kind: Kind, name: NameOf<Kind>): string {
  if (typeof name === 'object' && 'server' in name)
    return `FOR ${name.role === null ? 'PUBLIC' : quoteIdent(name.role)} SERVER ${quoteIdent(name.server)}`;
  if (typeof name === 'object' && 'language' in name && kind === 'transform')
    return `FOR ${name.type} LANGUAGE ${quoteIdent(name.language)}`;
  return wordName(name);
}

const grantNouns: { readonly [K in WholeKind]?: string } = {
  ...{ table: '', view: '', 'materialized-view': '', 'foreign-table': '' },
  ...{ aggregate: 'FUNCTION ', 'foreign-server': 'FOREIGN SERVER ' },
};

export function grantedOn(kind: Kind, name: NameOf<Kind>): string {
  return `${grantNouns[kind as WholeKind] ?? `${nounOf(kind)} `}${nameOf(kind, name)}`;
}

export function writeComment({ object }: { readonly object: string }, wanted: string | null): Written {
  return run(comment(object, wanted)[0] ?? `COMMENT ON ${object} IS NULL;`);
}
