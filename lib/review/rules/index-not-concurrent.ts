import { quoteIdent } from '../../sql/quote.ts';
import type { Build } from '../effects.ts';
import { isReplaced } from '../facts/changes.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { dropIndexConcurrently, renameIndex } from '../ways/actions.ts';
import { attachWay, newPartitionsOf } from '../ways/attach.ts';
import { asNamed, buildConcurrently, plainBuilds } from '../ways/builds.ts';
import { nameBeside } from '../ways/free-name.ts';
import { outsideTransaction } from '../ways/way.ts';
import { defineRule, type Rule } from './rule.ts';

export const rule: Rule = defineRule({
  id: 'index-not-concurrent',
  group: 'indexes',
  place: 10,
  severity: 'error',
  title: 'An index is built while writes wait',
  why: 'CREATE INDEX holds SHARE on the table until the whole index is built: every INSERT, UPDATE and DELETE waits.',
  found: 'CREATE INDEX orders_customer ON orders (customer_id);',
  letBe: '-- updown: no-transaction\nCREATE INDEX CONCURRENTLY orders_customer ON orders (customer_id);',
  on: { find: plainBuilds },
  judge: (build, { statement }) => {
    const part = newPartitionsOf(statement).find(({ relation }) => relation === build.table);
    return [
      {
        relation: build.table,
        tells: { read: [build.table] },
        message: `builds index ${build.index} under a lock that keeps writes out of ${build.table}`,
        advice:
          part === undefined ? [outsideTransaction(...buildBeside(statement, build))] : attachWay(statement, part),
      },
    ];
  },
});

/** Where it takes the place of another, that one is of use until it is there. */
function buildBeside(statement: MeasuredStatement, build: Build): readonly string[] {
  if (!isReplaced(statement, `index ${build.index}`)) return [buildConcurrently(build)];
  const fresh = nameBeside(statement, build.index);
  return [
    buildConcurrently(asNamed(build, fresh)),
    dropIndexConcurrently(build.index),
    renameIndex(fresh, quoteIdent(shortName(build.index))),
  ];
}
