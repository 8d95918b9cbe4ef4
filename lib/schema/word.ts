import { quoteIdent, sanitizeLine } from '../sql/quote.ts';
import { type Change, toKebab } from './change.ts';
import { describeName } from './describe-name.ts';
import { facets } from './facets/facets.ts';
import type { Kind } from './kind.ts';
import type { Phrase, Values, Wording } from './phrase.ts';

/** A change as one line for people: `column age of table app.customer: type integer became bigint`. */
export function wordChange(change: Change): string {
  const kind = kindOf(change);
  const subject = toSubject(change);
  if ('value' in change) return sanitizeLine(`${subject} was ${change.kind.endsWith('-added') ? 'added' : 'dropped'}`);
  return sanitizeLine(`${subject}: ${wordAltered(kind, change).map(wordBecome).join(', ')}`);
}

/**
 * What one side has and the other has not, as it stands in the change, whose `before` is the first side's: `column age of table app.customer:
 * "schema.sql" has type bigint, and the revisions make type integer`.
 */
export function wordSides(change: Altered, first: string, second: string): string {
  const turned = { ...change, before: change.after, after: change.before } as Altered;
  const words = wordAltered(kindOf(change), turned).map((one) => wordSidesOf(one, first, second));
  return sanitizeLine(`${toSubject(change)}: ${words.join('; ')}`);
}

function wordSidesOf(wording: string | Values, first: string, second: string): string {
  if (typeof wording === 'string') return `${wording} in ${first}`;
  const { label, line, before: made, after: wanted } = wording;
  if (line !== undefined) return `line ${line} of the ${label} is "${wanted}" in ${first}, and "${made}" in ${second}`;
  const show = (value: string | null) => (value === null ? `no ${label}` : `${label} ${value}`.trimStart());
  return `${first} has ${show(wanted)}, and ${second} make ${show(made)}`;
}

function wordBecome(wording: string | Values): string {
  if (typeof wording === 'string') return wording;
  const { label, line, before, after } = wording;
  if (line !== undefined) return `${label} changed: line ${line}, "${before}", became "${after}"`;
  if (before === null) return after === null ? `${label} is the same` : `${label} ${after} was set`;
  return after === null ? `${label} ${before} was dropped` : `${label} ${before} became ${after}`.trimStart();
}

/** What a change is about: `column age of table app.customer`. */
export function toSubject(change: Change): string {
  const of = 'of' in change ? ` of ${describeName(change.of.kind, change.of.name)}` : '';
  return `${describeName(kindOf(change), change.name)}${of}`;
}

/** A change of one property. */
export type Altered = Exclude<Change, { readonly value: unknown }>;

function wordAltered(kind: Kind, change: Altered): readonly (string | Values)[] {
  const property = change.kind.slice(kind.length + 1);
  if (property === 'column-order' || property === 'attribute-order') return [wordOrder(change as Ordered)];
  const phrases: Readonly<Record<string, Phrase<never>>> = facets[kind];
  const [, phrase] = Object.entries(phrases).find(([name]) => toKebab(name) === property) ?? [];
  // The values of a change are those of its property.
  return listWordings(phrase?.(change.before as never, change.after as never) ?? property);
}

function listWordings(wording: Wording): readonly (string | Values)[] {
  return isSeveral(wording) ? wording.flatMap(listWordings) : [wording];
}

function isSeveral(wording: Wording): wording is readonly Wording[] {
  return Array.isArray(wording);
}

type Ordered = Extract<Change, { readonly kind: `${string}-order`; readonly before: readonly string[] }>;

function wordOrder({ before, after }: Ordered): Values {
  const show = (names: readonly string[]) => names.map(quoteIdent).join(', ');
  return { label: 'order', before: show(before), after: show(after) };
}

/** The longest that fits: `foreign-table-options` is about a foreign table. */
export function kindOf({ kind }: Change): Kind {
  const kinds = Object.keys(facets) as readonly Kind[];
  const fitting = kinds.filter((each) => kind.startsWith(`${each}-`));
  return fitting.reduce((longest, each) => (each.length > longest.length ? each : longest));
}
