import { type Branching, branches, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<'branches', readonly Branching[]> = {
  run: ({ options }) => branches(options),
  text: (points, { style, unicode }) =>
    points.flatMap(({ revision, children }) => [
      `${style.id(revision.id)} ${sanitizeLine(revision.message)}\n`,
      ...children.map(
        ({ id, message, labels }) =>
          `  ${unicode ? '→' : '->'} ${style.id(id)} ${labels.map((label) => `[${sanitizeLine(label)}] `).join('')}${sanitizeLine(message)}\n`,
      ),
    ]),
  json: (points) => ({
    branches: points.map(({ revision, children }) => ({ id: revision.id, children: children.map(({ id }) => id) })),
  }),
};
