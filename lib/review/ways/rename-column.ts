import { quoteIdent, sanitizeLine } from '../../sql/quote.ts';
import type { ColumnChange } from '../facts/changes.ts';
import type { MeasuredStatement } from '../measured.ts';
import { addColumn } from './actions.ts';
import { fill, keepBy } from './column.ts';
import { beside, lastPlace, obstaclesTo, proveFilled } from './column-beside.ts';
import { hangOn } from './column-dependents.ts';
import { putInPlace } from './put-in-place.ts';
import type { Way } from './way.ts';
import { run, under } from './way.ts';

/** Another name by way of a second column, which code may write to as well as to the first. */
export function renameWay(statement: MeasuredStatement, change: ColumnChange): Way {
  const { relation: table, column, from = '', to = '' } = change;
  const obstacles = obstaclesTo(statement, change, to);
  if (obstacles.length > 0)
    return [
      under(
        `no second column can take its place: ${obstacles.map(sanitizeLine).join(', ')}\nfirst release code that knows both names; then:`,
        `${statement.text};`,
      ),
    ];
  const swap = beside(statement, table, from, to, to, column);
  const [old, fresh] = [quoteIdent(from), quoteIdent(to)];
  const both = [
    `IF TG_OP = 'INSERT' AND NEW.${fresh} IS NOT NULL`,
    `  OR TG_OP = 'UPDATE' AND NEW.${fresh}::text IS DISTINCT FROM OLD.${fresh}::text`,
    `THEN NEW.${old} := NEW.${fresh};`,
    `ELSE NEW.${fresh} := NEW.${old}; END IF;`,
  ];
  return [
    run(lastPlace(table), addColumn(table, fresh, column.type), ...keepBy(table, swap.trigger, both, swap.children)),
    fill(statement, table, `${fresh} = ${old}`, `${fresh} IS NULL AND ${old} IS NOT NULL`),
    ...proveFilled(swap, old),
    ...hangOn(swap),
    under('release code that uses it; then, in one revision, when nothing names the old one:', ...putInPlace(swap)),
  ];
}
