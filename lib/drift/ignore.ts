import type { Change } from '../schema/change.ts';
import { toSubject } from '../schema/word.ts';

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
