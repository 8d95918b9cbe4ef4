import { type Change, toKebab } from '../schema/change.ts';
import { describeName } from '../schema/describe-name.ts';
import { type Kind, lists, type NameOf, type PartList, partLists, parts } from '../schema/kind.ts';
import type { Schema } from '../schema/schema.ts';
import { toSubject } from '../schema/word.ts';
import { emptyValues } from './empty.ts';

/** Whether a change is one that nobody wants to hear of. */
export type IsIgnored = (change: Change) => boolean;

/**
 * Patterns of `updown.json`: `table partman.*`, `index * of table app.events`, or a kind of change, `*-owner`. `*` is any text; everything
 * else is meant as it stands.
 */
export function ignoring(patterns: readonly string[]): IsIgnored {
  const tests = patterns.map(toPattern);
  return (change) => tests.some((test) => test.test(toSubject(change)) || test.test(change.kind));
}

function toPattern(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

/** The schema without what is ignored: objects and parts are left out, and properties are empty. */
export function withoutIgnored(schema: Schema, patterns: readonly string[]): Schema {
  if (patterns.length === 0) return schema;
  const tests = patterns.map(toPattern);
  const isIgnored = (text: string) => tests.some((test) => test.test(text));
  const entries = Object.entries(lists).map(([list, kind]) => {
    const values = schema[list as keyof typeof lists] as readonly Named[];
    return [list, clear(values, { kind, of: '', isIgnored })];
  });
  return { ...schema, ...Object.fromEntries(entries) };
}

type Named = { readonly name: NameOf<Kind> } & Readonly<Record<string, unknown>>;

/** An index has columns, too, which are no parts of it: they have no names of their own. */
const partsOf: { readonly [K in Kind]?: readonly PartList[] } = parts;

interface Clearing {
  readonly kind: Kind;
  /** ` of table app.orders` */
  readonly of: string;
  readonly isIgnored: (text: string) => boolean;
}

function clear(values: readonly Named[], { kind, of, isIgnored }: Clearing): readonly Named[] {
  const subjectOf = ({ name }: Named) => `${describeName(kind, name)}${of}`;
  return values
    .filter((value) => !isIgnored(subjectOf(value)))
    .map((value) => {
      const properties = Object.entries(value).map(([property, one]) => {
        if (Array.isArray(one) && partsOf[kind]?.some((list) => list === property)) {
          const part = partLists[property as PartList];
          return [property, clear(one as readonly Named[], { kind: part, of: ` of ${subjectOf(value)}`, isIgnored })];
        }
        return [
          property,
          property !== 'name' && isIgnored(`${kind}-${toKebab(property)}`) ? emptyOf(kind, property) : one,
        ];
      });
      return Object.fromEntries(properties) as Named;
    });
}

/** What a renderer takes for nothing. */
function emptyOf(kind: Kind, property: string): unknown {
  const empty: Readonly<Record<string, unknown>> = emptyValues[kind];
  return empty[property] ?? null;
}
