import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { compare, find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, time } from './measure.ts';
import { writeUpdown } from './project.ts';
import { makeWork } from './revisions.ts';
import { updown } from './sides.ts';

/** `updown upgrade --sql > file`, for as many revisions and for ten times as many. */
export async function measureEmit(folder: string, revisions: number, rounds: number): Promise<Report> {
  const subjects = [revisions, revisions * 10].map((count) => ({
    name: `emit ${count}`,
    command: emit(folder, count),
  }));
  const samples: Samples = new Map();
  await interleave(rounds, subjects, async ({ name, command }) => addSample(samples, name, await time(command)));
  const [small, large] = subjects.map(({ name }) => name) as [string, string];
  return {
    title: 'Emitting',
    notes: [`median of ${rounds} ${rounds === 1 ? 'run' : 'runs'} of \`updown upgrade --sql\`, its output in a file`],
    findings: [find({ samples, name: small }), compare({ samples, name: large }, [large, small], `of ${small}`, 12)],
  };
}

function emit(folder: string, count: number): Command {
  const root = join(folder, `emit-${count}`);
  mkdirSync(root);
  const dir = writeUpdown(root, makeWork(count));
  return updown(root, 'script.sql', ['upgrade', '--sql', '--dir', dir]);
}
