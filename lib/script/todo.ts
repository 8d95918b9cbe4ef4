import { packItems } from '../sql/pack.ts';

/** How many steps psql keeps an answer for at once: a query has some 1,600 columns at most. */
export const together = 100;

/** The psql variable that says whether a step is still to be done. */
export function todoOf(index: number): string {
  return `updown_todo_${(index % together) + 1}`;
}

/** For these steps, as columns: `done` is how many are done already, and those are the first ones. */
export function printTodo(done: string, indexes: readonly number[]): string {
  const columns = indexes.map((index) => `${done} OPERATOR(pg_catalog.<=) ${index} AS ${todoOf(index)}`);
  return packItems(columns, '  ').trimStart();
}

/** Of a script of more steps than that, asked anew. One that somebody else does meanwhile is refused where it begins. */
export function printMoreTodo(first: number, total: number): string {
  const indexes = Array.from({ length: Math.min(together, total - first) }, (_, offset) => first + offset);
  return `-- Which of the next steps are still to be done?\nSELECT ${printTodo(':updown_done', indexes)} \\gset\n\n`;
}
