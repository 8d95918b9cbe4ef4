import type { Name, RoutineName } from '../schema/name.ts';
import { quoteIdent, quoteRelation } from '../sql/quote.ts';

/** What an object is called, as the catalogs have it, without quotes. */
export type ObjectName = Name | RoutineName | PartName | GlobalName | Identity;

/** A column, a constraint, a trigger, a rule, a policy or an attribute has a name only within what it belongs to. */
export interface PartName {
  readonly name: string;
  readonly of: Whole;
}

export interface Whole {
  readonly type: 'relation' | 'domain' | 'type';
  readonly name: Name;
}

/** A schema, an extension, an event trigger or a publication is in no schema. */
export interface GlobalName {
  readonly name: string;
}

/** Of casts, operators, operator classes and the like: as DROP has it. */
export interface Identity {
  readonly identity: string;
}

export interface NamedObject {
  /** `table`, `column`, `index`, `constraint`, `view`, `function`, `type`, `schema` ... */
  readonly type: string;
  readonly name: ObjectName;
}

/** `column public.orders.total`, `constraint positive on domain public.amount`, `function public.add(a integer)`. */
export function describeObject(object: NamedObject): string {
  return `${object.type} ${describeName(object)}`;
}

/** The same without its type. */
export function describeName({ type, name }: NamedObject): string {
  if ('identity' in name) return name.identity;
  if ('arguments' in name) return `${quoteRelation(name)}(${name.arguments})`;
  if ('schema' in name) return quoteRelation(name);
  return 'of' in name ? describePart(type, name) : quoteIdent(name.name);
}

function describePart(type: string, { name, of }: PartName): string {
  const whole = quoteRelation(of.name);
  if (type === 'column' || type === 'attribute') return `${whole}.${quoteIdent(name)}`;
  return `${quoteIdent(name)} on ${of.type === 'domain' ? 'domain ' : ''}${whole}`;
}
