export type Cycle = readonly [string, ...string[]];

/** One concrete cycle, lower before upper, its smallest id first; only its members. Undefined when there is none. */
export function findCycle(ids: readonly string[], below: (id: string) => readonly string[]): Cycle | undefined {
  const done = new Set<string>();
  for (const start of ids) {
    const cycle = descend(start, below, done);
    if (cycle !== undefined) return rotate(cycle.reverse());
  }
  return undefined;
}

/** Depth first, with a stack of its own: a chain of 100,000 would overflow the engine's. */
function descend(start: string, below: (id: string) => readonly string[], done: Set<string>): string[] | undefined {
  const path: string[] = [];
  const onPath = new Set<string>();
  const entered: { readonly id: string; readonly lowers: Iterator<string> }[] = [];
  const enter = (id: string): void => {
    path.push(id);
    onPath.add(id);
    entered.push({ id, lowers: below(id).values() });
  };
  if (!done.has(start)) enter(start);
  for (let last = entered.at(-1); last !== undefined; last = entered.at(-1)) {
    const { value: next, done: over } = last.lowers.next();
    if (over === true) {
      entered.pop();
      path.pop();
      onPath.delete(last.id);
      done.add(last.id);
    } else if (onPath.has(next)) {
      return path.slice(path.indexOf(next));
    } else if (!done.has(next)) {
      enter(next);
    }
  }
  return undefined;
}

function rotate(cycle: readonly string[]): Cycle | undefined {
  const [first] = cycle.toSorted();
  if (first === undefined) return undefined;
  const at = cycle.indexOf(first);
  return [first, ...cycle.slice(at + 1), ...cycle.slice(0, at)];
}
