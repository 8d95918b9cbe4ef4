import type { SharedEffect } from '../review/measured.ts';
import type { Review } from '../review/review.ts';
import { plural } from '../words.ts';

/** A line about the whole report. */
export interface Note {
  readonly kind: 'warning' | 'note';
  readonly text: string;
}

const most = 20;

/** What the whole report is to be read with, and what was done on scratch beyond the plan. */
export function notesOf({ warnings, missing, shared, setup }: Review): readonly Note[] {
  const rest = missing.length - most;
  return [
    ...warnings.map((text): Note => ({ kind: 'warning', text })),
    ...missing.slice(0, most).map(
      ({ file, line, label, message }): Note => ({
        kind: 'note',
        text: `not made on scratch: ${file}:${line} ${label}: ${message}`,
      }),
    ),
    ...(rest > 0 ? [{ kind: 'note' as const, text: `and ${plural(rest, 'more statement')} of the history` }] : []),
    ...(setup === undefined ? [] : [{ kind: 'note' as const, text: `scratch was prepared by ${setup}` }]),
    ...(['made', 'put back', 'left out', 'changed'] as const).flatMap((kind) => wordShared(kind, shared)),
  ];
}

const words: Readonly<Record<SharedEffect['kind'], string>> = {
  made: 'made for the whole scratch server, and dropped again',
  'put back': 'of the scratch server, changed by the files and put back',
  'left out': 'not run, since it is for the whole scratch server',
  changed:
    'changed on the scratch server during a statement that commits, by the files or by somebody else; if the files did it, undo it by hand',
};

function wordShared(kind: SharedEffect['kind'], shared: readonly SharedEffect[]): readonly Note[] {
  const objects = shared.flatMap((one) => (one.kind === kind ? [one.object] : [])).sort();
  return objects.length === 0 ? [] : [{ kind: 'note', text: `${words[kind]}: ${objects.join(', ')}` }];
}
