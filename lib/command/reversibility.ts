import type { Project } from '../project/load.ts';
import type { ScriptStep } from '../script/script.ts';
import { lex } from '../sql/lexer.ts';

/** An upgrade as it is to be read: with what can't be taken back. Of a file that can't be read, the day it is needed tells more. */
export function noteNoWayBack(project: Project, steps: readonly ScriptStep[]): readonly ScriptStep[] {
  return steps.map((step) => {
    if (step.op !== 'up') return step;
    const noWayBack = lookBack(project, step.entries[0]?.id ?? '');
    return noWayBack === undefined ? step : { ...step, noWayBack };
  });
}

function lookBack(project: Project, id: string): ScriptStep['noWayBack'] {
  try {
    const { directives, text } = project.read(id, 'down');
    if (directives.irreversible) return 'irreversible';
    return saysNothing(project, id, text) ? 'empty' : undefined;
  } catch {
    return 'missing';
  }
}

/** An empty down.sql, where up.sql is not. */
export function saysNothing(project: Project, id: string, down: string): boolean {
  return /^[\s;]*$/.test(down) && holdsStatement(project.read(id, 'up').text);
}

/** Comments of both kinds are none, nor are semicolons between them. */
export function holdsStatement(text: string): boolean {
  for (const { kind, start, end } of lex(text)) if (kind !== 'comment' && text.slice(start, end) !== ';') return true;
  return false;
}
