import type { Row, Session } from '../database/session.ts';
import { enterNames, leaveNames } from './query-parts.ts';
import type { Survey } from './survey.ts';
import { queriesOf } from './survey-queries.ts';

export async function takeSurvey(session: Session, major: number): Promise<Survey> {
  const queries = Object.entries(queriesOf(major));
  const asked = queries.map(
    ([, query]) => `SELECT pg_catalog.json_agg(found.fact)::text AS facts FROM (${query}) AS found (fact);\n`,
  );
  const sets = await session.send(`${enterNames}${asked.join('')}${leaveNames}`);
  return Object.fromEntries(
    queries.map(([name], index) => [name, readFacts(sets[index + 1] ?? [])]),
  ) as unknown as Survey;
}

function readFacts(rows: readonly Row[]): readonly unknown[] {
  return JSON.parse(rows[0]?.facts ?? '[]') as readonly unknown[];
}
