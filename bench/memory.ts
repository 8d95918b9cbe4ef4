import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { find, type Report } from './finding.ts';
import { addSample, type Command, interleave, type Samples, timeWithMemory } from './measure.ts';
import { writeUpdown } from './project.ts';
import { updown } from './sides.ts';

const [small, large] = [1, 57];

const shapes: Readonly<Record<string, (bytes: number) => string>> = {
  'many statements': (bytes) =>
    fill(bytes, "INSERT INTO t (id, name) VALUES (1, 'a name, and a note of some words');\n"),
  'many rows': (bytes) => `INSERT INTO t VALUES\n${fill(bytes, "(1, 'a name, and a note'),\n")}(1, 'the last');\n`,
  'a function': (bytes) =>
    `CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$\nBEGIN\n${fill(bytes, '  PERFORM 1;\n')}END $$;\n`,
};

/** `updown upgrade --sql` of one large file: the most memory it has, over what it has with a small one. */
export async function measureMemory(folder: string, rounds: number): Promise<Report> {
  const samples: Samples = new Map();
  const subjects = Object.keys(shapes).map((shape) => ({
    name: `${shape}, for each MB of the file`,
    commands: [small, large].map((megabytes) => emit(folder, shape, megabytes)),
  }));
  await interleave(rounds, subjects, async ({ name, commands }) => {
    const [one = 0, other = 0] = [
      (await timeWithMemory(commands[0]!)).megabytes,
      (await timeWithMemory(commands[1]!)).megabytes,
    ];
    addSample(samples, name, (other - one) / (large - small));
  });
  return {
    title: 'Memory',
    notes: [`the most memory of \`updown upgrade --sql\`: a file of ${large} MB over one of ${small} MB`],
    findings: subjects.map(({ name }) => find({ samples, name, unit: 'MB' }, 4)),
  };
}

function emit(folder: string, shape: string, megabytes: number): Command {
  const root = join(folder, `${shape.replaceAll(' ', '-')}-${megabytes}`);
  mkdirSync(root);
  const up = shapes[shape]!(megabytes * 1_000_000);
  const dir = writeUpdown(root, [{ time: '20250101000001', name: 'large', up, down: 'SELECT 1;\n' }]);
  return updown(root, 'script.sql', ['upgrade', '--sql', '--dir', dir]);
}

function fill(bytes: number, line: string): string {
  return line.repeat(bytes / line.length);
}
