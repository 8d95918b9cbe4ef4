import { type Database, withDatabase } from '../support/database.ts';
import { type Verdict, withProxy } from '../support/proxy.ts';

/** A place in a conversation where it can be cut: at a message of the client, or behind one of the server's. */
export type Point =
  | { readonly at: 'message'; readonly number: number; readonly when: 'before' | 'after'; readonly name: string }
  | { readonly at: 'answer'; readonly number: number; readonly name: string };

/**
 * Every place where the first connection of a run can be cut: before and after each message of the client, and behind each finished
 * command and each "ready" of the server. To cut before an answer is to cut behind the one before it.
 */
export async function findPoints(url: string, run: (url: string) => Promise<unknown>): Promise<readonly Point[]> {
  const points: Point[] = [];
  const seen = { messages: 0, answers: 0 };
  await withProxy(
    url,
    {
      onMessage: ({ socket, number, type }) => {
        if (socket !== 1) return 'pass';
        for (const when of ['before', 'after'] as const)
          points.push({ at: 'message', number, when, name: `${when} message ${number} (${type})` });
        seen.messages++;
        return 'pass';
      },
      onAnswer: ({ connection, type, text }) => {
        if (connection !== 1 || !isEnd(type)) return 'pass';
        const number = ++seen.answers;
        points.push({ at: 'answer', number, name: `behind answer ${number} (${type} ${text})` });
        return 'pass';
      },
    },
    async (proxy) => void (await run(proxy.url)),
  );
  return points;
}

/** Runs it through a proxy that cuts its first connection there. `cut` is called at that moment. */
export async function cutAt(
  url: string,
  point: Point,
  run: (url: string) => Promise<void>,
  cut: () => void = () => {},
): Promise<void> {
  let answers = 0;
  let isCut = false;
  const verdict = (which: Verdict): Verdict => {
    isCut = true;
    cut();
    return which;
  };
  await withProxy(
    url,
    {
      onMessage: ({ socket, number }) =>
        socket === 1 && point.at === 'message' && point.number === number
          ? verdict(point.when === 'before' ? 'drop' : 'last')
          : 'pass',
      onAnswer: ({ connection, type }) =>
        connection === 1 && isEnd(type) && ++answers === point.number && point.at === 'answer'
          ? verdict('last')
          : 'pass',
    },
    (proxy) => run(proxy.url),
  );
  if (!isCut) throw new Error(`never came ${point.name}`);
}

function isEnd(type: string): boolean {
  return type === 'C' || type === 'Z';
}

/** Several at a time, each with a database of its own that is empty again for every point. */
export async function atEvery(
  points: readonly Point[],
  body: (point: Point, database: Database) => Promise<void>,
): Promise<void> {
  const waiting = [...points];
  const failures: string[] = [];
  const work = (): Promise<void> =>
    withDatabase(async (database) => {
      for (let point = waiting.shift(); point; point = waiting.shift()) {
        await database.query('DROP SCHEMA IF EXISTS public, updown CASCADE; CREATE SCHEMA public');
        try {
          await body(point, database);
        } catch (error) {
          failures.push(`cut ${point.name}: ${(error as Error).stack}`);
        }
      }
    });
  await Promise.all(Array.from({ length: workers }, work));
  if (failures.length > 0)
    throw new Error(`${failures.length} of ${points.length}\n${failures.slice(0, 5).join('\n')}`);
}

/** Most of the time is spent waiting for a server that has lost somebody. */
const workers = 4;
