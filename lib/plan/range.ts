import { UpdownError } from '../errors.ts';
import type { Graph } from '../graph/graph.ts';
import { multipleHeads, resolveAll, resolveFixed } from '../graph/resolve.ts';
import { readTarget } from '../graph/target.ts';
import { ancestorsOf, appliedHeadsOf } from '../graph/walk.ts';
import { listAll } from '../words.ts';
import { resolveUpgrade } from './upgrade.ts';

/** A plan made without a database: the state it starts from, as told, and its targets. */
export interface Offline {
  readonly applied: ReadonlySet<string>;
  readonly targets: readonly string[];
}

/** What a command that does not go down says of a range that does. */
export interface RangeOptions extends OfflineOptions {
  /** The words of the command before its range: `squash`; without them it is `upgrade`, beside which `downgrade` stands. */
  readonly command?: string | undefined;
}

export interface OfflineOptions {
  /** `--from`: heads, comma separated. */
  readonly from?: string | undefined;
  readonly purge?: boolean;
}

/** What `upgrade --sql` starts from: `--from`, the `a` of `a:b`, or base. */
export function resolveUpgradeRange(graph: Graph, text: string, options: RangeOptions = {}): Offline {
  const { from = 'base', target } = splitRange(text, options.from);
  const applied = resolveFrom(graph, from);
  refuseReversed(graph, applied, { from, target }, options.command);
  return { applied, targets: [target] };
}

/** A downgrade has no start that goes without saying. */
export function resolveDowngradeRange(graph: Graph, text: string, options: OfflineOptions = {}): Offline {
  const { from, target } = splitRange(text, options.from);
  if (from === undefined) {
    throw new UpdownError('sql-downgrade-needs-range', `\`downgrade ${text} --sql\` does not say where it starts`, {
      hint: `Write \`downgrade <from>:${text} --sql\`, or add \`--from <heads>\`.`,
    });
  }
  return { applied: resolveFrom(graph, from), targets: [target] };
}

/** Several targets may be stamped, all from one start. */
export function resolveStampRange(graph: Graph, texts: readonly string[], options: OfflineOptions = {}): Offline {
  if (options.purge === true) {
    throw new UpdownError('purge-not-allowed-offline', "`--purge` and `--sql` don't go together", {
      hint: 'Only the database knows what there is to purge: run it there, without `--sql`.',
    });
  }
  const ranges = texts.map((text) => splitRange(text, options.from));
  const starts = new Set(ranges.flatMap(({ from }) => (from === undefined ? [] : [from])));
  if (starts.size > 1) {
    throw new UpdownError('bad-range', `The targets start from different places: ${listAll([...starts])}`, {
      hint: 'Stamp with one start, or make a script for each.',
    });
  }
  const [from = 'base'] = starts;
  return { applied: resolveFrom(graph, from), targets: ranges.map(({ target }) => target) };
}

/** Whether a range ends below its start, and so is one of a downgrade: `head:base`, `head:-1`. */
export function goesDown(graph: Graph, text: string): boolean {
  const { from, target } = splitRange(text, undefined);
  if (from === undefined) return false;
  const reading = readTarget(graph, target);
  if (reading.kind === 'from-current') return reading.offset.steps < 0;
  return isBelow(graph, resolveFrom(graph, from), resolveFixed(graph, reading));
}

function isBelow(graph: Graph, applied: ReadonlySet<string>, ends: readonly string[]): boolean {
  const heads = new Set(appliedHeadsOf(graph, applied));
  return applied.size > 0 && ends.every((id) => applied.has(id) && !heads.has(id));
}

/** The state that these heads, comma separated, stand for: themselves and all below them. */
export function resolveFrom(graph: Graph, from: string): ReadonlySet<string> {
  const heads = from.split(',').map((text) => text.trim());
  return ancestorsOf(
    graph,
    heads.flatMap((text) => {
      const ids = resolveAll(graph, text);
      if (ids.length > 1) throw multipleHeads(graph, ids, text, `To start from all of them, write "${ids.join(',')}".`);
      return ids;
    }),
  );
}

function splitRange(
  text: string,
  from: string | undefined,
): { readonly from?: string | undefined; readonly target: string } {
  if (from?.includes(':'))
    throw new UpdownError('bad-range', `\`--from ${from}\` is a range, and it takes the start alone`, {
      hint: `Write \`${from}\` as the target, without \`--from\`.`,
    });
  if (!text.includes(':')) return from === undefined ? { target: text } : { from, target: text };
  const [start = '', target = '', ...more] = text.split(':');
  if (start === '' || target === '' || more.length > 0) {
    throw new UpdownError('bad-range', `"${text}" is not a range`, { hint: 'Write <from>:<to>, both of them.' });
  }
  if (from !== undefined) {
    throw new UpdownError('bad-range', `The start is given twice: "${start}" and \`--from ${from}\``, {
      hint: 'Leave one of them out.',
    });
  }
  return { from: start, target };
}

/** An upgrade to below its own start would be an empty script, and a mistake nobody sees. */
function refuseReversed(
  graph: Graph,
  applied: ReadonlySet<string>,
  { from, target }: { readonly from: string; readonly target: string },
  command: string | undefined,
): void {
  if (!isBelow(graph, applied, resolveUpgrade(graph, applied, target))) return;
  const what = `"${target}" is below "${from}"`;
  if (command === undefined)
    throw new UpdownError('not-an-ancestor', `${what}, so there is nothing to upgrade`, {
      hint: `To go down, write \`downgrade ${from}:${target} --sql\`.`,
    });
  const isFixed = /^\w+$/.test(target) && /^\w+$/.test(from);
  throw new UpdownError('not-an-ancestor', `${what}, and the older one comes first in a range`, {
    hint: isFixed ? `Write: updown ${command} ${target}:${from}` : 'Write <from>:<to>, the older one first.',
  });
}
