import { applicationName } from '../ledger/name.ts';
import { type RunSettings, resumeVariable, settingName } from '../ledger/setting.ts';
import { fillJson } from '../sql/pack.ts';
import { quoteLiteral } from '../sql/quote.ts';
import type { Script } from './script.ts';
import { toStepSettings } from './settings.ts';

/** For whom, from which plan and how every step runs: what the ledger's `enter` takes from the setting `updown.run`. */
export function runAs(script: Script, channel: RunSettings['channel'], tool: string): RunSettings {
  const { ledger, digest, pins } = script;
  return { channel, project: ledger.project, tool, plan: digest, settings: toStepSettings(pins) };
}

type More = Pick<RunSettings, 'requires' | 'resumeAt'>;

/** The psql variable that holds it. */
const runVariable = 'updown_run_as';

/** Said once in a script for psql, at its head. */
export function printRunVariable(script: Script, tool: string): string {
  const asks = script.steps.some(({ transactional }) => !transactional);
  return `-- The settings of each step: enter takes the ledger's lock, checks the state and applies them; leave records the step.
SELECT ${printValue(script, tool)}
  AS ${runVariable} \\gset
${asks ? resuming : ''}
`;
}

/** A question that only a person can answer is answered to psql, each time anew: written down, the answer would outlive what it was about. */
const resuming = `-- psql -v ${resumeVariable}=<n>: where a step that broke off outside a transaction goes on; only when its error asks.
\\if :{?${resumeVariable}}
SELECT :'${runVariable}'::pg_catalog.jsonb OPERATOR(pg_catalog.||)
  pg_catalog.jsonb_build_object('resumeAt', :'${resumeVariable}'::pg_catalog.int4) AS ${runVariable} \\gset
\\endif
`;

/** For the transaction that psql begins next: `\\;` sends both in one message, as a run does. */
export const runAhead: string = `SET LOCAL ${settingName} = :'${runVariable}'\\; `;

/** For the session, in psql; a step outside a transaction shows by its name who works there, too. */
export function printSessionRun({ ledger }: Script): string {
  return `${printName(ledger.project)}SET ${settingName} = :'${runVariable}';\n`;
}

/** For clients that know no variables. */
export function printPlainRun(script: Script, tool: string, more: More = {}): string {
  return `SET ${settingName} = ${printValue(script, tool, more)};\n`;
}

/** The same for the session of a step outside a transaction. */
export function printPlainSession(script: Script, tool: string, more: More = {}): string {
  return `${printName(script.ledger.project)}${printPlainRun(script, tool, more)}`;
}

/** For the transaction that is open in psql. */
export function printRunWithin({ ledger }: Script): string {
  return `SET LOCAL application_name = ${quoteLiteral(applicationName(ledger.project))};
SET LOCAL ${settingName} = :'${runVariable}';
`;
}

/** The same for other clients. */
export function printPlainWithin(script: Script, tool: string): string {
  return `SET LOCAL application_name = ${quoteLiteral(applicationName(script.ledger.project))};
SET LOCAL ${settingName} = ${printValue(script, tool)};
`;
}

function printName(project: string): string {
  return `SET application_name = ${quoteLiteral(applicationName(project))};\n`;
}

/** JSON in lines that a screen can show. */
export function printValue(script: Script, tool: string, { requires, resumeAt }: More = {}): string {
  const { channel, project, plan, settings = {} } = runAs(script, 'script', tool);
  const where = fillJson({ ...requires, resumeAt }, '  ');
  const lines = [
    fillJson({ channel, project, tool }, ''),
    fillJson({ plan }, '  '),
    `  "settings": {${fillJson(settings, '    ').trimStart()}}`,
    ...(where === '' ? [] : [where]),
  ];
  return quoteLiteral(`{${lines.join(',\n')}}`);
}
