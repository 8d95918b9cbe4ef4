import { classify } from '../sql/classify.ts';
import { labelOf } from '../sql/label.ts';
import { type Node, parse } from '../sql/parser.ts';
import { scan } from '../sql/scan.ts';
import type { SqlSource } from '../sql/source.ts';

/** A statement of a foreign file, with what the import needs to know of it. */
export interface ForeignStatement {
  readonly start: number;
  /** One past its semicolon, or past its last token where it has none. */
  readonly stop: number;
  /** In words, for messages. */
  readonly label: string;
  readonly transactional: boolean;
  /** `begin` and `commit` say nothing more than that; `other` is every other word about transactions. */
  readonly verb?: 'begin' | 'commit' | 'savepoint' | 'other' | undefined;
  /** It makes an enum value, which can't be used before the transaction ends (F62). */
  readonly enumValue: boolean;
}

/** Unlike the gate this judges nothing. Throws where the text is no SQL. The parser must be loaded. */
export function readStatements(source: SqlSource): readonly ForeignStatement[] {
  const { spans } = scan(source);
  const spanAt = new Map(spans.map((span) => [span.start, span]));
  const cuts = spans.map((span) => span.stop);
  const whole = Array.from(parse(source, cuts)).filter(({ more }) => more !== true);
  return whole.map(({ node, start, stop }) => {
    const span = spanAt.get(start);
    const { transactional, label } = classify(node);
    const verb = verbOf(node);
    return {
      start,
      stop: span?.stop ?? stop,
      label: label ?? labelOf(span?.words ?? []),
      transactional,
      verb,
      enumValue: 'AlterEnumStmt' in node && node.AlterEnumStmt.oldVal === undefined,
    };
  });
}

function verbOf(node: Node): ForeignStatement['verb'] {
  if (!('TransactionStmt' in node)) return undefined;
  const { kind = '', options, chain } = node.TransactionStmt;
  const short = kind.replace('TRANS_STMT_', '');
  if (['SAVEPOINT', 'RELEASE', 'ROLLBACK_TO'].includes(short)) return 'savepoint';
  if (['BEGIN', 'START'].includes(short)) return options === undefined ? 'begin' : 'other';
  return short === 'COMMIT' && chain !== true ? 'commit' : 'other';
}
