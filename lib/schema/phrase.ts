import { quoteIdent } from '../sql/quote.ts';
import type { Grant, Options } from './name.ts';

/** Two values of one property; null is none. Of a text of several lines, those of the first line that differs. */
export interface Values {
  readonly label: string;
  readonly line?: number | undefined;
  readonly before: string | null;
  readonly after: string | null;
}

/** What a property has become: its two values, or words for the second one, such as `NOT NULL was set`. */
export type Wording = string | Values | readonly Wording[];

/** What a change of one property says, behind the name of the object. */
export type Phrase<V> = (before: V, after: V) => Wording;

type Shown = string | number | boolean;

/** For a property that is a value or none. */
export function value(label: string): Phrase<Shown | null> {
  return shown<Shown>(label, (each) => String(each));
}

export function shown<V>(label: string, show: (each: V) => string): Phrase<V | null> {
  const showOne = (each: V | null) => (each === null ? null : show(each));
  return (before, after) => ({ label, before: showOne(before), after: showOne(after) });
}

/** `on` is what it says when the property has become true. */
export function flag(on: string, off: string): Phrase<boolean> {
  return (_, after) => (after ? on : off);
}

export function quoted(label: string): Phrase<string | null> {
  return shown<string>(label, (each) => `'${each.replaceAll("'", "''")}'`);
}

/** Of a text of several lines the first that differs. */
export function text(label: string): Phrase<string> {
  return (before, after) => {
    const [old, now] = [linesOf(before), linesOf(after)];
    const [first = '', second = ''] = [old[0], now[0]];
    if (old.length === 1 && now.length === 1) {
      const [one, other] = leaveOutCommon(first, second);
      return { label, before: one, after: other };
    }
    const at = now.findIndex((line, index) => line !== old[index]);
    if (at === -1 && old.length === now.length) return `${label} changed in white space alone`;
    const place = at === -1 ? now.length : at;
    return { label, line: place + 1, before: old[place] ?? '', after: now[place] ?? '' };
  };
}

/** What two texts begin and end with alike, where that is much; some words of it stay, to read the rest by. */
function leaveOutCommon(before: string, after: string): readonly [string, string] {
  const shorter = Math.min(before.length, after.length);
  let head = 0;
  while (head < shorter && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  const start = before.lastIndexOf(' ', Math.max(0, head - kept)) + 1;
  const end = before.indexOf(' ', before.length - tail + kept);
  const rest = end === -1 ? 0 : before.length - end;
  const cut = (each: string) =>
    `${start < much ? each.slice(0, start) : '... '}${each.slice(start, each.length - rest)}${rest < much ? each.slice(each.length - rest) : ' ...'}`;
  return [cut(before), cut(after)];
}

const kept = 15;
const much = 10;

function linesOf(body: string): readonly string[] {
  return body
    .trim()
    .split('\n')
    .map((line) => line.trim());
}

export function items(label: string): Phrase<readonly string[] | null> {
  return shown<readonly string[]>(label, (each) => `(${each.join(', ')})`);
}

/** Each option by itself. */
export function options(label: string): Phrase<Options> {
  return (before, after) => {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    const changed = names.filter((name) => before[name] !== after[name]);
    return changed.map((name) => quoted(`${label} ${name}`)(before[name] ?? null, after[name] ?? null));
  };
}

export const grants: Phrase<readonly Grant[]> = (before, after) => {
  const granted = describeGrants(without(after, before), 'were granted to');
  const revoked = describeGrants(without(before, after), 'were revoked from');
  return [...granted, ...revoked];
};

function without(all: readonly Grant[], others: readonly Grant[]): readonly Grant[] {
  const known = new Set(others.map((grant) => JSON.stringify(wordGrant(grant))));
  return all.filter((grant) => !known.has(JSON.stringify(wordGrant(grant))));
}

function wordGrant({ grantee, privilege, grantable }: Grant): readonly [string | null, string] {
  return [grantee, grantable ? `${privilege} with grant option` : privilege];
}

function describeGrants(all: readonly Grant[], verb: string): readonly string[] {
  const byGrantee = new Map<string | null, string[]>();
  for (const grant of all) {
    const [grantee, privilege] = wordGrant(grant);
    byGrantee.set(grantee, [...(byGrantee.get(grantee) ?? []), privilege]);
  }
  return Array.from(byGrantee, ([grantee, privileges]) => {
    const agreed = privileges.length === 1 ? verb.replace('were', 'was') : verb;
    return `${privileges.join(', ')} ${agreed} ${grantee === null ? 'PUBLIC' : quoteIdent(grantee)}`;
  });
}
