import { listRules, type Rule, wrapText } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<'rules', readonly Rule[]> = {
  run: listRules,
  text: function* (all, { style, width }) {
    for (const { id, severity, title, why } of all) {
      const paint = severity === 'error' ? style.bad : style.warn;
      yield `${paint(severity.padEnd(7))} ${style.id(id)}\n`;
      for (const line of wrapText(`${title}. ${why}`, Math.min(width, 100) - 8)) yield `        ${line}\n`;
    }
  },
  json: (all) => ({ rules: all.map(({ id, severity, title, why }) => ({ id, severity, title, why })) }),
};
