import { quoteIdent, sanitizeLine } from '../sql/quote.ts';
import { type Change, toKebab } from './change.ts';
import { describeName } from './describe-name.ts';
import { facets } from './facets/facets.ts';
import type { Kind } from './kind.ts';
import type { Phrase } from './phrase.ts';

/** A change as one line for people: `column age of table app.customer: type integer became bigint`. */
export function wordChange(change: Change): string {
  const kind = kindOf(change);
  const subject = toSubject(change);
  if ('value' in change) return sanitizeLine(`${subject} was ${change.kind.endsWith('-added') ? 'added' : 'dropped'}`);
  return sanitizeLine(`${subject}: ${wordAltered(kind, change)}`);
}

/** What a change is about: `column age of table app.customer`. */
export function toSubject(change: Change): string {
  const of = 'of' in change ? ` of ${describeName(change.of.kind, change.of.name)}` : '';
  return `${describeName(kindOf(change), change.name)}${of}`;
}

type Altered = Exclude<Change, { readonly value: unknown }>;

function wordAltered(kind: Kind, change: Altered): string {
  const property = change.kind.slice(kind.length + 1);
  if (property === 'column-order' || property === 'attribute-order') return wordOrder(change as Ordered);
  const phrases: Readonly<Record<string, Phrase<never>>> = facets[kind];
  const [, phrase] = Object.entries(phrases).find(([name]) => toKebab(name) === property) ?? [];
  // The values of a change are those of its property.
  return phrase?.(change.before as never, change.after as never) ?? property;
}

type Ordered = Extract<Change, { readonly kind: `${string}-order`; readonly before: readonly string[] }>;

function wordOrder({ before, after }: Ordered): string {
  const [old, now] = [before, after].map((names) => names.map(quoteIdent).join(', '));
  return `order ${old} became ${now}`;
}

/** The longest that fits: `foreign-table-options` is about a foreign table. */
export function kindOf({ kind }: Change): Kind {
  const kinds = Object.keys(facets) as readonly Kind[];
  const fitting = kinds.filter((each) => kind.startsWith(`${each}-`));
  return fitting.reduce((longest, each) => (each.length > longest.length ? each : longest));
}
