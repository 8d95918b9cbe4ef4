import { idOf } from './project.ts';

export interface Dag {
  readonly manifest: string;
  readonly folders: readonly string[];
  readonly branches: number;
  readonly merges: number;
  readonly dependencies: number;
}

interface Line {
  readonly id: string;
  readonly parents: readonly string[];
  readonly folder: string;
  readonly message: string;
  readonly depends_on?: readonly string[];
}

const mostLanes = 12;

/**
 * A history as a big team leaves it: up to a dozen lanes at a time, opened anywhere on another lane's tip, merged in pairs,
 * now and then one that depends on an older revision; one head at the end. The same in every run.
 */
export function makeDag(count: number): Dag {
  const random = createRandom(42);
  const lines: Line[] = [];
  const lanes: string[] = [];
  const add = (parents: readonly string[], dependsOn: readonly string[] = []): string => {
    lines.push(makeLine(lines.length, parents, dependsOn));
    return lines.at(-1)!.id;
  };
  lanes.push(add([]));
  while (lines.length + lanes.length <= count) {
    const lane = random(lanes.length);
    const dice = random(100);
    if (dice < 5 && lanes.length < mostLanes) lanes.push(add([lanes[lane]!]));
    else if (dice < 10 && lanes.length > 1) mergeTwo(lanes, lane, add);
    else lanes[lane] = add([lanes[lane]!], dice === 99 ? [lines[random(lines.length)]!.id] : []);
  }
  while (lanes.length > 1) mergeTwo(lanes, 0, add);
  while (lines.length < count) lanes[0] = add([lanes[0]!]);
  return describe(lines);
}

function mergeTwo(lanes: string[], lane: number, add: (parents: readonly string[]) => string): void {
  const [tip] = lanes.splice(lane, 1);
  const other = lane % lanes.length;
  lanes[other] = add([lanes[other]!, tip!]);
}

function makeLine(index: number, parents: readonly string[], dependsOn: readonly string[]): Line {
  const id = idOf(`revision ${index}`);
  const time = new Date(Date.UTC(2015, 0, 1) + index * 60_000).toISOString().replace(/[-:]/g, '');
  const folder = `${time.slice(0, 8)}_${time.slice(9, 13)}_${id}_change_number_${index}`;
  const line = { id, parents, folder, message: `change number ${index}` };
  return dependsOn.length === 0 ? line : { ...line, depends_on: dependsOn };
}

function describe(lines: readonly Line[]): Dag {
  const header = JSON.stringify({ updown: 1, project: 'bench-5cd038' });
  const parents = lines.flatMap((line) => line.parents);
  return {
    manifest: `${[header, ...lines.map((line) => JSON.stringify(line))].join('\n')}\n`,
    folders: lines.map(({ folder }) => folder),
    branches: parents.length - new Set(parents).size,
    merges: lines.filter((line) => line.parents.length > 1).length,
    dependencies: lines.filter((line) => line.depends_on !== undefined).length,
  };
}

/** Whole numbers below a limit, the same in every run (a linear congruential generator, Numerical Recipes' numbers). */
function createRandom(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
