import { parseArgs } from 'node:util';

export const sections = [
  'loopback',
  'delay',
  'startup',
  'emit',
  'memory',
  'script',
  'legibility',
  'review',
  'schema',
  'drift',
  'verify',
  'graph',
] as const;
export type Section = (typeof sections)[number];

export interface Options {
  readonly only: readonly Section[];
  readonly repeat: number;
  readonly revisions: number;
  readonly json: boolean;
}

/** npm run bench -- [--only loopback,delay,startup,emit,memory,script,legibility,review,schema,drift,verify,graph] [--repeat 3] [--revisions 1000] [--json] */
export function readOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true },
      repeat: { type: 'string', default: '3' },
      revisions: { type: 'string', default: '1000' },
      json: { type: 'boolean', default: false },
    },
  });
  const only = (values.only ?? []).flatMap((names) => names.split(',')).map(readSection);
  return {
    only: only.length === 0 ? sections : sections.filter((section) => only.includes(section)),
    repeat: readCount('--repeat', values.repeat),
    revisions: readCount('--revisions', values.revisions),
    json: values.json,
  };
}

function readSection(name: string): Section {
  const section = sections.find((known) => known === name);
  if (section === undefined) throw new Error(`--only takes ${sections.join(', ')}, not "${name}"`);
  return section;
}

function readCount(option: string, text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new Error(`${option} takes a whole number from 1 on, not "${text}"`);
  return Number(text);
}
