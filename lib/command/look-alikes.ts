import type { LookAlike } from '../autogenerate/look-alike.ts';
import { isThere, type Pair, toNow } from '../autogenerate/pair.ts';
import { findThings, listThings, nameThing, readName, type Thing, wordThing } from '../autogenerate/thing.ts';
import { UpdownError } from '../errors.ts';
import type { Schema } from '../schema/schema.ts';
import { quoteWord, sanitizeLine } from '../sql/quote.ts';
import { plural } from '../words.ts';
import type { AutogenerateOptions } from './autogenerate-options.ts';

/** What a name is looked up in. */
interface Told {
  readonly head: Schema;
  readonly wanted: Schema;
  readonly pairs: readonly Pair[];
}

/** What `--drop` names: it is there, and is not to stay. Throws `usage`. */
export function resolveDrop(text: string, { head, wanted, pairs }: Told): readonly Thing[] {
  const found = findThings(listThings(head), readName(text));
  if (found.length === 0)
    throw new UpdownError('usage', `The revisions make nothing that is called "${sanitizeLine(text)}"`, {
      hint: 'Write its name in full, as the revisions have it. What they make: updown snapshot head',
    });
  const stays = listThings(wanted);
  const going = found.filter((thing) => !isThere(toNow(thing, pairs), stays));
  if (going.length > 0) return going;
  throw new UpdownError('usage', `"${sanitizeLine(text)}" is not dropped: the schema has it`, {
    hint: 'Take it out of the schema, or run the command without that --drop.',
  });
}

/** Both commands, written out: the one that keeps what is in there, and the one that does not. */
export function refuseLookAlikes(options: AutogenerateOptions, alike: readonly LookAlike[]): UpdownError {
  const renames = alike.flatMap(({ old, now }) => ['--rename', `${wordFor(old)}=${nameThing(now)}`]);
  const drops = alike.flatMap(({ old }) => ['--drop', wordFor(old)]);
  return new UpdownError(
    'look-alike',
    `${plural(alike.length, 'object')} may have been renamed, or dropped: the schema does not say which`,
    {
      hint: 'Run one of these two commands: the first one renames and keeps the data, the second one drops it. If there are several objects, choose one of the two for each of them.',
      notes: [...alike.map(wordLookAlike), wordCommand(options, renames), wordCommand(options, drops)],
    },
  );
}

/** `table app.orders is missing, and app.purchases is new: 8 of 8 columns are the same` */
function wordLookAlike({ old, now, evidence }: LookAlike): string {
  return sanitizeLine(`${wordThing(old)} is missing, and ${nameThing(now)} is new: ${evidence}`);
}

/** A name that is not read as that of something else. */
function wordFor(thing: Thing): string {
  return ambiguous.has(thing.kind) ? wordThing(thing) : nameThing(thing);
}

const ambiguous: ReadonlySet<Thing['kind']> = new Set(['constraint', 'trigger', 'policy', 'rule']);

function wordCommand(options: AutogenerateOptions, more: readonly string[]): string {
  const {
    message,
    parent,
    splice,
    labels = [],
    dependsOn = [],
    id,
    fromSchema,
    renames = [],
    drops = [],
    scratch,
  } = options;
  const { dir, config } = options;
  const one = (name: string, value: string | undefined) => (value === undefined ? [] : [name, value]);
  const words = [
    ...['revision', '--autogenerate', '-m', message],
    ...renames.flatMap((text) => ['--rename', text]),
    ...drops.flatMap((text) => ['--drop', text]),
    ...more,
    ...one('--from-schema', fromSchema),
    ...one('--parent', parent),
    ...(splice ? ['--splice'] : []),
    ...labels.flatMap((label) => ['--label', label]),
    ...dependsOn.flatMap((name) => ['--depends-on', name]),
    ...one('--rev-id', id),
    ...one('--scratch', scratch),
    ...one('--dir', dir),
    ...one('--config', config),
  ];
  return `updown ${words.map((word) => (/^[\w./=@:-]+$/.test(word) ? word : quoteWord(word))).join(' ')}`;
}
