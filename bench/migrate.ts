import { startDelay } from './delay.ts';
import { compare, type Finding, find, type Report } from './finding.ts';
import { addSample, type Samples, time } from './measure.ts';
import type { BenchServer } from './server.ts';
import { type Operation, operations, type Side } from './sides.ts';

export interface MigrateInput {
  readonly server: BenchServer;
  readonly sides: readonly Side[];
  readonly revisions: number;
  readonly rounds: number;
  readonly say: (text: string) => void;
}

const targetsOnLoopback: Targets = {
  up: { psql: 1, dbmate: 1, 'bare psql': 1.15 },
  down: { 'bare psql': 1.2 },
};
const targetsFarAway: Targets = { up: { psql: 0.35, dbmate: 0.35 } };

type Targets = { readonly [O in Operation]?: Readonly<Record<string, number>> };

export async function measureLoopback(input: MigrateInput): Promise<Report> {
  const samples = await measureSides(input, input.server.port);
  return { title: 'Loopback', notes: [countRounds(input)], findings: toFindings(input, samples, targetsOnLoopback) };
}

export async function measureDelayed(input: MigrateInput): Promise<Report> {
  const delay = await startDelay(input.server.port, 10);
  try {
    const trip = await input.server.timeRoundTrip(delay.port);
    const samples = await measureSides(input, delay.port);
    const way = `10 ms away: a proxy holds every byte back for 5 ms each way; a round trip takes ${trip.toFixed(1)} ms, connecting takes one more`;
    return { title: '10 ms', notes: [way, countRounds(input)], findings: toFindings(input, samples, targetsFarAway) };
  } finally {
    delay.close();
  }
}

function countRounds({ rounds }: MigrateInput): string {
  return `median of ${rounds} ${rounds === 1 ? 'run' : 'runs'}; the ratio is updown's median over the other's`;
}

/** Each round gives every side a fresh database; within it the sides take turns at every operation. */
async function measureSides(input: MigrateInput, port: number): Promise<Samples> {
  const samples: Samples = new Map();
  for (let round = 0; round < input.rounds; round++) {
    const turns = input.sides.map((_, index) => input.sides[(index + round) % input.sides.length]!);
    await withDatabases(input, turns, async (database) => {
      for (const operation of operations) {
        for (const side of turns) await measureOne(input, samples, { side, operation, port, database: database(side) });
      }
    });
  }
  return samples;
}

interface Turn {
  readonly side: Side;
  readonly operation: Operation;
  readonly port: number;
  readonly database: string;
}

async function measureOne(
  { server, revisions, say }: MigrateInput,
  samples: Samples,
  { side, operation, port, database }: Turn,
): Promise<void> {
  const commands = side.commands(operation, server.address(database, port));
  if (commands === undefined) return;
  await server.settle();
  let milliseconds = 0;
  for (const command of commands) milliseconds += await time(command);
  say(`${operation}, ${side.name}: ${Math.round(milliseconds)} ms`);
  addSample(samples, nameOf(operation, side), milliseconds);
  await requireTables(server, database, operation === 'down' ? 0 : revisions, nameOf(operation, side));
}

/** A tool that does nothing is quick. */
async function requireTables(server: BenchServer, database: string, wanted: number, what: string): Promise<void> {
  const found = await server.countTables(database);
  if (found !== wanted) throw new Error(`${what}: ${found} tables are there, not ${wanted}`);
}

async function withDatabases(
  { server }: MigrateInput,
  sides: readonly Side[],
  body: (database: (side: Side) => string) => Promise<void>,
): Promise<void> {
  const database = (side: Side): string => `bench_${side.name.replaceAll(/[- ]/g, '_')}`;
  for (const side of sides) await server.create(database(side));
  try {
    await body(database);
  } finally {
    for (const side of sides) await server.drop(database(side));
  }
}

function toFindings({ sides }: MigrateInput, samples: Samples, targets: Targets): readonly Finding[] {
  return operations.flatMap((operation) =>
    sides
      .filter((side) => samples.has(nameOf(operation, side)))
      .map((side) => {
        const name = nameOf(operation, side);
        const own = nameOf(operation, sides[0]!);
        if (name === own) return find({ samples, name });
        return compare({ samples, name }, [own, name], `of ${side.name}`, targets[operation]?.[side.name]);
      }),
  );
}

function nameOf(operation: Operation, side: Side): string {
  return `${operation}, ${side.name}`;
}
