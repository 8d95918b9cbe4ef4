import { statements } from '../facts/subjects.ts';
import { markOf, vacuumPlainly } from '../ways/vacuum.ts';
import { under } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'vacuum-full',
  group: 'rewrites',
  place: 90,
  severity: 'error',
  title: 'VACUUM FULL and CLUSTER copy the whole table while it is locked',
  why: 'Reads and writes are blocked until the table and all its indexes are rewritten.',
  found: 'CLUSTER orders USING orders_pkey;',
  letBe: 'ANALYZE orders;',
  on: statements('VACUUM', 'CLUSTER'),
  judge: (statement) => {
    const { rewrites } = statement;
    const [relation] = rewrites;
    if (relation === undefined) return [];
    return [
      {
        relation,
        tells: { rewritten: rewrites },
        message: `rewrites ${rewrites.join(', ')}`,
        advice: [
          under(
            'pg_repack does the same during normal operation; to only free space for reuse,\nin a revision of its own, with "-- updown: no-transaction" at the head:',
            `${vacuumPlainly(statement)};`,
            ...markOf(statement),
          ),
        ],
      },
    ];
  },
});
