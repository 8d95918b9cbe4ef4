import { rootOf } from '../review/facts/family.ts';
import type { Review } from '../review/review.ts';
import { plural } from '../words.ts';
import { type PlacedFinding, rankFindings, wordSize } from './summary.ts';

/** A finding as a list of them has it. */
export interface ListedFinding extends PlacedFinding {
  /** What it found, with sizes, and for how many more partitions. */
  readonly message: string;
  /** The safe way, or what comes before the one that `like` has. */
  readonly advice: string;
  /** The finding whose safe way, listed above for the same statement, ends this one. */
  readonly like: PlacedFinding | undefined;
}

/** Worst first. Findings of one rule about partitions of one table are one, and of two equal safe ways the first is there. */
export function listFindings(review: Review): readonly ListedFinding[] {
  const above: ListedFinding[] = [];
  for (const [placed, ...others] of foldFindings(rankFindings(review))) {
    const { finding, statement } = placed;
    const model = above.find(
      (one) => statement !== undefined && one.statement === statement && endsWith(finding.advice, one.finding.advice),
    );
    const shared = model === undefined ? 0 : model.finding.advice.length;
    above.push({
      ...placed,
      message: `${finding.message}${wordSize(finding)}${wordOthers(placed, others.length)}`,
      advice: finding.advice.slice(0, finding.advice.length - shared).trimEnd(),
      like: model,
    });
  }
  return above;
}

type Fold = readonly [PlacedFinding, ...PlacedFinding[]];

/** Where a rule tells several things of each partition, the first ones belong together, the second ones, and so on. */
function foldFindings(ranked: readonly PlacedFinding[]): readonly Fold[] {
  const folds = new Map<string, Fold>();
  const places = new Map([...new Set(ranked.map(({ statement }) => statement))].map((one, index) => [one, index]));
  const seen = new Map<string, number>();
  for (const placed of ranked) {
    const { rule, relation, allowed } = placed.finding;
    const about = [places.get(placed.statement), rule, allowed];
    const own = JSON.stringify([...about, relation]);
    const nth = seen.get(own) ?? 0;
    seen.set(own, nth + 1);
    const root = rootOfFinding(placed);
    const key = JSON.stringify(root === undefined ? [...about, relation, nth, 'alone'] : [...about, root, nth]);
    const fold = folds.get(key);
    folds.set(key, fold === undefined ? [placed] : [...fold, placed]);
  }
  return [...folds.values()];
}

/** The partitioned table that a partition's finding is about; nothing where there is no partition. */
function rootOfFinding({ finding: { relation }, statement }: PlacedFinding): string | undefined {
  if (statement === undefined || relation === undefined) return undefined;
  const root = rootOf(statement, relation);
  return root === relation ? undefined : root;
}

function wordOthers(placed: PlacedFinding, others: number): string {
  return others === 0 ? '' : `, and so for ${plural(others, 'more partition')} of ${rootOfFinding(placed)}`;
}

/** Whole lines at its end. */
function endsWith(advice: string, end: string): boolean {
  return advice === end || advice.endsWith(`\n${end}`);
}
