import { createHash } from 'node:crypto';
import { packItems, printCall } from '../sql/pack.ts';
import { arrayValue, quoteIdent, quoteLiteral } from '../sql/quote.ts';
import type { Statement } from '../sql/source.ts';
import { joinCommands, resetAll } from './block.ts';
import { isBlind, isDoubtful, printIndexCheck } from './progress-probe.ts';
import { compileSeen, type Seen } from './seen.ts';
import { printEnter, type StepInput } from './step.ts';

/** What the entries of a step note, worked out once for all statements. */
export interface Notes {
  readonly prefixes: readonly string[];
  readonly unseen: readonly string[];
  readonly seen: Seen;
}

export function compileNotes(input: StepInput): Notes {
  return { prefixes: prefixesOf(input), unseen: listUnseen(input), seen: compileSeen(input) };
}

/** Digests of the first n statements, n = 1, 2 …: what has run must not change, what has not may. */
function prefixesOf({ inspected }: StepInput): readonly string[] {
  const hash = createHash('sha256');
  return inspected.statements.map(({ text }) => hash.update(`${text};\n`).copy().digest('hex'));
}

/** The step begins, or goes on. `looking`: what makes names mean what they do for the file's role. */
export function printStart(input: StepInput, looking: readonly string[], { prefixes, seen }: Notes): string {
  const digests = `'{${prefixes.join(',\n      ')}}'`;
  const call = callStart(input, { digests, seen: seen.all, from: 0, to: prefixes.length });
  return joinCommands([printEnter(input), ...looking, call]);
}

/**
 * The same in front of one statement of a file that has many, by a client without conditions: of what has run before it, it has to say no more
 * than the digest. Where the ledger has another number of statements, the digest is what the ledger has, and what comes next is refused.
 */
export function printTakeOver(input: StepInput, looking: readonly string[], index: number, notes: Notes): string {
  const { prefixes } = notes;
  if (prefixes.length <= few) return printStart(input, looking, notes);
  const { declares, commands, value } = notes.seen.behind(index);
  const half = `SELECT pg_catalog.max(u.digest) INTO half FROM ${quoteIdent(input.ledger.schema)}.unfinished u
    WHERE u.revision OPERATOR(pg_catalog.=) ${quoteLiteral(input.id)} AND u.statement OPERATOR(pg_catalog.<>) ${index};\n`;
  const fill = (digest: string | undefined, times: number) =>
    `pg_catalog.array_fill(coalesce(half,\n        '${digest ?? ''}'), ARRAY[${times}])`;
  const digests = [fill(prefixes[index - 1], index), fill(prefixes[index], prefixes.length - index)];
  const call = callStart(input, {
    digests: digests.join('\n      OPERATOR(pg_catalog.||) '),
    seen: value,
    from: index,
    to: index + 2,
  });
  return joinCommands(
    [printEnter(input), ...looking, ...commands, half, call],
    [],
    [...declares, 'half pg_catalog.text;'],
  );
}

interface Starting {
  readonly digests: string;
  readonly seen: string;
  /** Of which statements it is said whether a person has to tell that they have run. */
  readonly from: number;
  readonly to: number;
}

function callStart({ op, id, material, inspected, ledger }: StepInput, { digests, seen, from, to }: Starting): string {
  const numbers = (test: (statement: Statement) => boolean): string => {
    const asked = inspected.statements.slice(from, to);
    const found = asked.flatMap((statement, index) => (test(statement) ? [`${from + index + 1}`] : []));
    return `'{${found.length > few ? packItems(found, '      ').trimStart() : found.join(',')}}'`;
  };
  const values = [
    quoteLiteral(op),
    quoteLiteral(id),
    quoteLiteral(inspected.source.digest),
    quoteLiteral(arrayValue(material.standsOn)),
    digests,
    numbers(isBlind),
    numbers(isDoubtful),
    seen,
  ];
  return `CALL ${printCall(`${quoteIdent(ledger.schema)}.start`, values, '    ')};\n`;
}

/** The entry of a statement, behind it. */
export function printProgress(
  input: StepInput,
  statement: Statement,
  index: number,
  { prefixes, unseen, seen }: Notes,
): string {
  const { op, id, ledger } = input;
  const own = [quoteLiteral(op), quoteLiteral(id), `${index}`, quoteLiteral(prefixes[index] ?? '')];
  const check = printIndexCheck(input, statement, index + 1);
  const { declares, commands, value } = seen.behind(index + 1);
  const call = printCall(`${quoteIdent(ledger.schema)}.progress`, [...own, `${value}${unseen[index]}`]);
  const note = `CALL ${call};\n`;
  return `${check}${commands.length === 0 ? note : joinCommands([...commands, note], [], declares)}`;
}

/** Behind each statement what a DO has set: a session that goes on behind it says every SET again, and this it can't. */
function listUnseen({ inspected: { statements } }: StepInput): readonly string[] {
  let numbers: number[] = [];
  return statements.map(({ text, setsUnseen }, index) => {
    if (resetAll.test(text)) numbers = [];
    if (setsUnseen === true) numbers.push(index + 1);
    return printUnseen(numbers);
  });
}

function printUnseen(numbers: readonly number[]): string {
  if (numbers.length === 0) return '';
  const more = numbers.length - few;
  const settings = numbers.slice(0, few).map((number) => `what statement ${number} has set`);
  if (more > 0) settings.push(`what ${more} more have set`);
  return `\n    OPERATOR(pg_catalog.||) ${printSettings(settings)}::pg_catalog.jsonb`;
}

function printSettings(settings: readonly string[]): string {
  const items = packItems(
    settings.map((one) => JSON.stringify(one)),
    '      ',
  ).trimStart();
  return quoteLiteral(`{"settings": [${items}]}`);
}

/** So many are named one by one. */
const few = 8;
