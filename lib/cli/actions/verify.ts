import {
  agree,
  type ChainVerdict,
  cutText,
  type ExistingVerdict,
  isJudged,
  isRestored,
  isSound,
  isVerified,
  type Lost,
  type MergeVerdict,
  mayDiffer,
  onlyOf,
  plural,
  type RevisionVerdict,
  redact,
  renderExcerpt,
  type SchemaChange,
  sanitizeLine,
  type Verification,
  verify,
  wordChange,
  wrapText,
} from '../../index.ts';
import type { Action } from '../action.ts';
import type { View } from '../view.ts';

export const action: Action<'verify', Verification> = {
  run: ({
    words,
    options,
    given: { scratch, statementTimeout, jobs, schemaOnly, freshExisting, write, writeSnapshot, since },
  }) =>
    verify({
      ...options,
      range: words[0],
      since,
      scratch,
      statementTimeout,
      jobs,
      schemaOnly,
      existing: freshExisting,
      write,
      writeSnapshot,
    }),
  text: print,
  json: (result) => ({
    ok: isVerified(result),
    scratch: result.scratch,
    from: result.from,
    revisions: result.revisions.map(toRevision),
    unverified: result.unverified.map(toUnverified),
    lacks: result.lacks,
    chain: result.chain === undefined ? null : toChain(result.chain),
    merges: result.merges.map(toMerge),
    existing: result.existing === undefined ? null : toExisting(result.existing),
    written: result.written ?? null,
    writtenSnapshot: result.writtenSnapshot ?? null,
  }),
  status: (result) => (isVerified(result) ? 0 : 3),
};

function toRevision(verdict: RevisionVerdict): object {
  const { id, name, up, down, again, differences, repeated, rows, failure, lacks = null, doubtful = [] } = verdict;
  return {
    ...{ id, name, up, down, again, restored: down === 'ok' ? isRestored(verdict) : null },
    only: onlyOf(differences) ?? null,
    differences: differences.map(toDifference),
    repeated: repeated.map(toDifference),
    rows: rows === undefined ? null : { ...rows, failed: rows.failed === undefined ? null : redact(rows.failed) },
    failure: failure === undefined ? null : toFailure(failure),
    lacks,
    doubtful: doubtful.map(toDifference),
  };
}

function toUnverified(verdict: RevisionVerdict): object {
  const { id, name, above = [], failure, doubtful = [] } = verdict;
  return {
    ...{ id, name, reason: wordUnverified(verdict), above },
    failure: failure === undefined ? null : toFailure(failure),
    doubtful: doubtful.map(toDifference),
  };
}

function toDifference(change: SchemaChange): object {
  return { kind: change.kind, message: wordChange(change) };
}

function toFailure({ message, place, ...failure }: NonNullable<RevisionVerdict['failure'] | ChainVerdict['failure']>) {
  const { code, op, id } = failure as { readonly code: string; readonly op?: string; readonly id?: string };
  const where = place === undefined ? null : { file: place.file, line: place.line, column: place.column };
  return { op, id, code, message: redact(message), place: where };
}

function toChain({ reverted, above, differences, failure }: ChainVerdict): object {
  return {
    reverted,
    above: above ?? null,
    differences: differences.map(toDifference),
    failure: failure === undefined ? null : toFailure(failure),
  };
}

function toMerge({ id, differences, failure }: MergeVerdict): object {
  const failed = failure === undefined ? null : { ...toFailure(failure), order: failure.order };
  return { id, differences: differences.map(toDifference), failure: failed };
}

function toExisting({ file, differences }: ExistingVerdict): object {
  return { file, differences: differences.map(toDifference) };
}

function* print(result: Verification, view: View): Iterable<string> {
  const { revisions, unverified, chain, merges, existing, scratch } = result;
  if (revisions.length === 0) yield 'There are no revisions to verify.\n';
  for (const verdict of [...revisions, ...unverified]) yield* printRevision(verdict, view);
  if (chain !== undefined) yield* printChain(chain, view);
  for (const merge of merges) yield* printMerge(merge, view);
  if (existing !== undefined) yield* printExisting(existing, view);
  yield* printLeftOut(result, view);
  yield* printSummary([...revisions, ...unverified], view);
  if (result.written !== undefined)
    yield `${sanitizeLine(result.written)}: the hash of the schema that the heads make\n`;
  if (result.writtenSnapshot !== undefined) yield `${sanitizeLine(result.writtenSnapshot)}: that schema itself\n`;
  if (scratch !== '') yield `${view.style.dim(`on ${sanitizeLine(scratch)}; nothing but scratch was touched`)}\n`;
}

function* printLeftOut({ lacks }: Verification, view: View): Iterable<string> {
  if (lacks.length === 0) return;
  const names = `${agree(lacks.length, 'extension', 'extensions')} ${sanitizeLine(lacks.join(', '))}`;
  const note = `  not tried without ${names}: all down.sql in a row, and what else needs every revision`;
  yield* paragraph(note, view, view.style.warn);
}

/** One that needs no words is told by the summary alone. */
function* printRevision(verdict: RevisionVerdict, view: View): Iterable<string> {
  const { id, name } = verdict;
  const sections = isJudged(verdict) ? sectionsOf(verdict) : [toSection(verdict)];
  if (sections.length === 0) return;
  const isFinding = !isSound(verdict) && isJudged(verdict);
  const mark = !isFinding ? '!' : view.unicode ? '✗' : 'x';
  const paint = isFinding ? view.style.bad : view.style.warn;
  const room = Math.max(20, view.width - id.length - 3);
  yield `${paint(mark)} ${view.style.id(sanitizeLine(id))} ${cutText(sanitizeLine(name), room, '…')}\n`;
  for (const { note, failure, changes = [], lost = [] } of sections) {
    yield* paragraph(`  ${note}`, view);
    yield* printFailure(failure, view);
    yield* printChanges(changes, view);
    for (const one of lost) yield* paragraph(`    ${view.style.bad('-')} ${wordLost(one)}`, view);
  }
  yield '\n';
}

/** Something that is to be said of a revision, and what it is about. */
interface Section {
  readonly note: string;
  readonly failure?: RevisionVerdict['failure'];
  readonly changes?: readonly SchemaChange[];
  readonly lost?: readonly Lost[];
}

function toSection(verdict: RevisionVerdict): Section {
  const { failure, doubtful } = verdict;
  const isTold = failure !== undefined || doubtful !== undefined;
  return { note: `not verified: ${wordUnverified(verdict)}${isTold ? ':' : ''}`, failure, changes: doubtful ?? [] };
}

function sectionsOf({ up, down, again, differences, repeated, rows, failure }: RevisionVerdict): readonly Section[] {
  const fromUp = rows?.lost.filter(({ by }) => by === 'up') ?? [];
  const fromDown = rows?.lost.filter(({ by }) => by === 'down') ?? [];
  const only = onlyOf(differences);
  const sections: readonly (Section | false)[] = [
    up === 'failed' && { note: 'up.sql fails:', failure },
    down === 'failed' && { note: 'down.sql fails:', failure },
    down === 'missing' && {
      note: 'down.sql is empty, and up.sql is not: write it, or say "-- updown: irreversible" in it',
    },
    differences.length > 0 && {
      note: `down.sql does not restore the schema that up.sql found${only === undefined ? '' : ` (${only} only)`}:`,
      changes: differences,
    },
    fromDown.length > 0 && { note: 'down.sql loses data that existed before up.sql:', lost: fromDown },
    fromUp.length > 0 && { note: 'up.sql loses data, and down.sql does not bring it back:', lost: fromUp },
    again === 'failed' && { note: 'up.sql fails after down.sql:', failure },
    repeated.length > 0 && { note: 'up.sql makes a different schema the second time:', changes: repeated },
  ];
  return sections.filter((section) => section !== false);
}

/** Why there is no verdict: what is missing, and what that has to do with it. */
function wordUnverified({ lacks, above = [], failure, doubtful }: RevisionVerdict): string {
  const want =
    lacks === undefined
      ? `what ${sanitizeLine(above.join(', '))} ${agree(above.length, 'makes', 'make')}, whose up.sql fails`
      : `${agree(lacks.length, 'extension', 'extensions')} ${sanitizeLine(lacks.join(', '))}, which scratch does not have`;
  if (doubtful !== undefined && (failure === undefined || failure.op === 'again'))
    return `without ${want}, nobody can say whether this was there before up.sql`;
  if (failure === undefined) return `it needs ${want}`;
  return `${failure.op === 'down' ? 'down.sql' : 'up.sql'} fails, perhaps because it lacks ${want}`;
}

function* printFailure(failure: RevisionVerdict['failure'] | ChainVerdict['failure'], view: View): Iterable<string> {
  if (failure === undefined) return;
  yield* paragraph(`    ${sanitizeLine(redact(failure.message))} (${failure.code})`, view);
  if (failure.place === undefined) return;
  const { file, line, column } = failure.place;
  yield `    ${view.style.dim(sanitizeLine(`${file}:${line}:${column}`))}\n`;
  for (const shown of renderExcerpt(failure.place)) yield `    ${shown}\n`;
}

/** What is there too much, what is missing, and what is another one. */
function* printChanges(changes: readonly SchemaChange[], view: View): Iterable<string> {
  const { style } = view;
  for (const change of changes.slice(0, most)) {
    const mark = change.kind.endsWith('-added')
      ? style.bad('+')
      : change.kind.endsWith('-dropped')
        ? style.bad('-')
        : '~';
    yield* paragraph(`    ${mark} ${wordChange(change)}`, view);
  }
  if (changes.length > most) yield `      ${style.dim(`and ${changes.length - most} more: --json has all`)}\n`;
}

const most = 20;

function wordLost({ table, column, count }: Lost): string {
  return column === null
    ? `${plural(count, 'row')} of ${sanitizeLine(table)}`
    : `${plural(count, 'value')} of column ${sanitizeLine(column)} of ${sanitizeLine(table)}`;
}

function* printChain({ reverted, above, differences, failure }: ChainVerdict, view: View): Iterable<string> {
  if (failure === undefined && differences.every(mayDiffer)) return;
  const where = above === undefined ? '' : ` above ${above}`;
  yield `${view.style.bad(view.unicode ? '✗' : 'x')} all down.sql in a row${sanitizeLine(where)}\n`;
  if (failure !== undefined) yield* paragraph(`  behind ${reverted} of them, the one of ${failure.id} fails`, view);
  else yield `  ${plural(reverted, 'revision')} leave another schema than there was before the first:\n`;
  yield* printFailure(failure, view);
  yield* printChanges(differences, view);
  yield '\n';
}

function* printMerge({ id, differences, failure }: MergeVerdict, view: View): Iterable<string> {
  if (failure === undefined && differences.every(mayDiffer)) return;
  yield `${view.style.bad(view.unicode ? '✗' : 'x')} ${view.style.id(sanitizeLine(id))} merges branches that need one order\n`;
  if (failure !== undefined) {
    yield* paragraph(`  ${failure.id} fails where they are run as ${failure.order.join(', ')}`, view);
    yield* printFailure(failure, view);
  } else yield '  run the other way round, they make another schema:\n';
  yield* printChanges(differences, view);
  yield '\n';
}

function* printExisting({ file, differences }: ExistingVerdict, view: View): Iterable<string> {
  if (differences.every(mayDiffer)) {
    yield* paragraph(
      `${view.style.good(view.unicode ? '✓' : '+')} ${sanitizeLine(file)} is the schema that the files make`,
      view,
    );
    return;
  }
  yield `${view.style.bad(view.unicode ? '✗' : 'x')} ${sanitizeLine(file)} is not the schema that the files make; it differs in:\n`;
  yield* printChanges(differences, view);
  yield '\n';
}

function* printSummary(revisions: readonly RevisionVerdict[], view: View): Iterable<string> {
  if (revisions.length === 0) return;
  const restored = revisions.filter(isRestored).length;
  const count = (down: RevisionVerdict['down']) => revisions.filter((verdict) => verdict.down === down).length;
  const others = [
    [revisions.filter((verdict) => verdict.down === 'ok' && !isRestored(verdict)).length, 'not restored'],
    [count('failed'), 'down fails'],
    [count('missing'), 'without down.sql'],
    [count('irreversible'), 'irreversible'],
    [revisions.filter((verdict) => !isJudged(verdict)).length, 'not verified'],
    [revisions.filter(({ up }) => up === 'failed').length, 'up fails'],
    [revisions.filter(({ again }) => again === 'failed').length, 'up fails a second time'],
  ] as const;
  const dropped = revisions.filter(({ rows }) => (rows?.dropped ?? []).length > 0).length;
  const words = [
    `${restored} restored`,
    ...others.flatMap(([number, name]) => (number === 0 ? [] : [`${number} ${name}`])),
  ];
  yield* paragraph(`${plural(revisions.length, 'revision')}: ${words.join(', ')}`, view);
  if (dropped === 0) return;
  const note = `In ${plural(dropped, 'revision')} down.sql drops tables or columns and the data in them: --json says which.`;
  yield* paragraph(note, view, view.style.dim);
}

function* paragraph(text: string, { width }: View, paint: (line: string) => string = (line) => line): Iterable<string> {
  const lead = /^ */.exec(text)?.[0] ?? '';
  const [first = '', ...rest] = wrapText(text.trimStart(), width - lead.length);
  yield `${lead}${paint(first)}\n`;
  for (const line of rest) yield `${lead}  ${paint(line)}\n`;
}
