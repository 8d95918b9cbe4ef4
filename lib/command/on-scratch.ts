import { readMachine } from '../database/machine.ts';
import { parseTarget } from '../database/target-parse.ts';
import { inOrder } from '../graph/walk.ts';
import { applicationName } from '../plan/ledger.ts';
import { pinSettings } from '../plan/pins.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../project/load.ts';
import type { Piece } from '../review/history.ts';
import { measure } from '../review/measure.ts';
import type { Measurement } from '../review/measured.ts';
import { withScratch } from '../review/scratch.ts';
import { inspect } from '../sql/gate.ts';
import { loadParser } from '../sql/parser.ts';
import type { CommandOptions, Context } from './context.ts';

export interface ScratchChoice extends Pick<CommandOptions, 'env'> {
  /** A server where a temporary database is made and dropped again; without one, PostgreSQL in this process. */
  readonly scratch?: string;
}

/** Brings a throwaway database to where the plan starts, and runs the plan there statement by statement. */
export async function measureOnScratch(
  { project, emit, signal }: Context,
  { steps }: Plan,
  applied: ReadonlySet<string>,
  { scratch, env = process.env }: ScratchChoice,
): Promise<Measurement> {
  if (steps.length === 0) return { scratch: 'nothing to run', steps: [] };
  await loadParser();
  const { config, graph, manifest } = project;
  const history = inOrder(graph, applied).map((id) => toPiece(project, 'up', id));
  const plan = steps.map(({ op, id }) => toPiece(project, op === 'down' ? 'down' : 'up', id));
  const url = scratch ?? config.scratch;
  const { lockTimeout, statementTimeout } = config;
  const pins = pinSettings(config.settings, { lockTimeout, statementTimeout });
  return withScratch(
    {
      target: url === undefined ? undefined : parseTarget(url, env, readMachine()),
      extensions: findExtensions([...history, ...plan]),
      applicationName: applicationName(manifest.project),
      signal,
    },
    (open) => measure(open, { history, plan, pins, emit, signal }),
  );
}

function toPiece(project: Project, op: Piece['op'], id: string): Piece {
  const name = project.graph.nodes.get(id)?.message ?? '';
  return { op, id, name, inspected: inspect(project.read(id, op), { direction: op }) };
}

function findExtensions(pieces: readonly Piece[]): readonly string[] {
  const named = pieces.flatMap(({ inspected }) =>
    Array.from(
      inspected.source.text.matchAll(/\bcreate\s+extension\s+(?:if\s+not\s+exists\s+)?"?([\w-]+)/gi),
      ([, name = '']) => name.toLowerCase(),
    ),
  );
  return [...new Set(named)].filter((name) => name !== 'plpgsql');
}
