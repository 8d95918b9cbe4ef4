import type { Change } from '../schema/change.ts';
import { type Conversion, conversionOf } from '../schema/conversion.ts';
import { diff } from '../schema/diff.ts';
import { mayDiffer } from '../schema/may-differ.ts';
import type { Schema } from '../schema/schema.ts';
import { wordChange } from '../schema/word.ts';
import type { IsIgnored } from './ignore.ts';
import { type Comparison, planRemedies } from './plan.ts';

/** One thing in a database that is not as the applied revisions make it. */
export interface DriftItem {
  readonly change: Change;
  /** `index orders_total of table app.orders was dropped`: what became of it in the database. */
  readonly message: string;
  /** `note`: it may differ where nothing is wrong. */
  readonly severity: 'drift' | 'note';
  /** SQL that takes the difference away, where it can be written; it is to be read before it is run, in the order of the items. */
  readonly remedy: readonly string[];
  /** Why there is none. */
  readonly why?: string | undefined;
  /** Whether that SQL takes away what is in there, too. */
  readonly destroys: boolean;
  /** What it is called there, as far as can be seen, where that SQL gives it its name back. */
  readonly renames?: string | undefined;
}

/** What its SQL does to values that it writes as another type; undefined where it keeps all of them. */
export function wordConversion({ change, remedy }: Pick<DriftItem, 'change' | 'remedy'>): string | undefined {
  if (remedy.length === 0 || (change.kind !== 'column-type' && change.kind !== 'attribute-type')) return undefined;
  return conversionWords[conversionOf(change.after, change.before)];
}

const conversionWords: Readonly<Record<Conversion, string | undefined>> = {
  keeps: undefined,
  fails: 'It fails where a value does not fit into that type.',
  rounds: 'Values that do not fit into that type are rounded or cut.',
};

export interface Differences {
  readonly changes: readonly Change[];
  /** What nobody wants to hear of; it may be in the way of what is told. */
  readonly ignored: readonly Change[];
}

/** What a database has otherwise than the applied revisions make it. Both are to be comparable. */
export function findChanges(expected: Schema, live: Schema, isIgnored: IsIgnored): Differences {
  const all = diff(expected, live);
  return { changes: all.filter((change) => !isIgnored(change)), ignored: all.filter(isIgnored) };
}

/** The same with what takes it away, in the order in which it can be put back; notes stand behind. */
export function toDrift(changes: readonly Change[], comparison: Comparison): readonly DriftItem[] {
  const items = planRemedies(
    changes.filter((change) => !mayDiffer(change)),
    comparison,
  );
  return [
    ...items.map(
      ({ change, statements, why, destroys, renames }): DriftItem => ({
        ...{ change, message: wordChange(change), severity: 'drift', remedy: statements, why, destroys, renames },
      }),
    ),
    ...changes.filter(mayDiffer).map(
      (change): DriftItem => ({
        ...{ change, message: wordChange(change), severity: 'note', remedy: [], destroys: false },
      }),
    ),
  ];
}
