import { groups } from '../groups.ts';
import { type Option, shownValue } from '../options.ts';
import { type CommandSpec, commands, globalOptions } from '../spec.ts';

/** What a shell is to offer behind a command. */
export interface Offered {
  readonly name: string;
  readonly describe: string;
  readonly options: readonly OfferedOption[];
  /** Words that may stand behind it; with `revisions`, those of the manifest and the words that stand for some. */
  readonly words: readonly string[];
  readonly revisions: boolean;
}

export interface OfferedOption {
  readonly long: string;
  readonly short: string | undefined;
  readonly describe: string;
  /** Undefined for a flag. */
  readonly value: 'revision' | 'file' | 'any' | readonly string[] | undefined;
}

/** In the order of help. */
export function listOffered(): readonly Offered[] {
  return groups
    .flatMap(([, names]) => names)
    .flatMap((name) => commands.filter((command) => command.name === name))
    .map(offer);
}

/** What a target may be besides a revision. */
export const targetWords = ['head', 'heads', 'base'] as const;

function offer({ name, usage, describe, options, words }: CommandSpec): Offered {
  return {
    name,
    describe,
    options: [...options, ...globalOptions].map(toOption),
    words: words.first ?? [],
    revisions: /target|range|rev/.test(usage),
  };
}

function toOption(option: Option): OfferedOption {
  return { long: `--${option.name}`, short: option.short, describe: option.describe, value: valueFor(option) };
}

function valueFor(option: Option): OfferedOption['value'] {
  if (option.type === 'flag') return undefined;
  if (option.of !== undefined) return option.of;
  const shown = shownValue(option) ?? '';
  if (/rev|head/.test(shown)) return 'revision';
  return /file|folder|path|dump|digest/.test(shown) ? 'file' : 'any';
}
