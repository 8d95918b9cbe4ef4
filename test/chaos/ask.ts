import postgres from 'postgres';

export type Rows = readonly Record<string, unknown>[];

/** Asks the server itself, on a connection of its own each time: none of the faults may reach who looks at them. */
export async function ask(url: string, sql: string): Promise<Rows> {
  const client = postgres(url, {
    max: 1,
    idle_timeout: 0,
    connect_timeout: 10,
    // Its own query for types rejects where nobody catches it.
    fetch_types: false,
    onnotice: () => {},
    connection: { application_name: 'chaos' },
  });
  try {
    const result: readonly unknown[] = await client.unsafe(sql).simple();
    const last = result.at(-1);
    return [...(Array.isArray(last) ? last : result)] as Record<string, unknown>[];
  } finally {
    await client.end({ timeout: 0 });
  }
}

/** The same where the server may be down, or what is asked for not there yet. */
export function tryAsk(url: string, sql: string): Promise<Rows | undefined> {
  return ask(url, sql).catch(() => undefined);
}

/** Until the server, which may be starting again, has done it. */
export async function insist(url: string, sql: string): Promise<void> {
  for (let tries = 0; tries < 100 && (await tryAsk(url, sql)) === undefined; tries++)
    await new Promise((resolve) => setTimeout(resolve, 100));
}
