import type { MaterializedView, Statistics, View } from '../../schema/relation.ts';
import { renderObject } from '../../schema/render/snapshot.ts';
import { isSame } from '../../schema/same.ts';
import { drop, granted, make, owned, writeOptions } from './common.ts';
import { writeTableGrants } from './grants.ts';
import { stored } from './table.ts';
import { again, cannot, type Remedies, run, type Subject, type Written } from './written.ts';

export const view: Remedies<'view'> = {
  drop,
  make: (of, value) => make(of, value),
  alter: {
    ...granted,
    grants: writeTableGrants,
    definition: replaceView,
    options: ({ object }, wanted, there) => writeOptions(`ALTER ${object}`, wanted, there),
  },
};

/** A view can be replaced by one that has its columns, and more behind them. */
function replaceView({ wanted, there }: Subject<'view'>): Written {
  if (wanted === undefined || there === undefined) return again;
  const isLonger = there.columns.every((column, index) => isSameColumn(column, wanted.columns[index]));
  const [create = ''] = renderObject('view', wanted);
  return isLonger ? run(create.replace(/^CREATE /, 'CREATE OR REPLACE ')) : again;
}

type ViewColumn = View['columns'][number];

function isSameColumn(column: ViewColumn, other: ViewColumn | undefined): boolean {
  return (
    other !== undefined &&
    column.name === other.name &&
    column.type === other.type &&
    isSame(column.collation, other.collation)
  );
}

export const materializedView: Remedies<'materialized-view'> = {
  drop,
  make: (of, value) => make(of, value, makeMaterialized(value)),
  alter: {
    ...granted,
    ...stored,
    grants: writeTableGrants,
    definition: () => again,
    populated: ({ sql }, wanted) => run(`REFRESH MATERIALIZED VIEW ${sql}${wanted ? '' : ' WITH NO DATA'};`),
  },
};

function makeMaterialized(value: MaterializedView): readonly string[] {
  return renderObject('materialized-view', value).filter((statement) => !statement.startsWith('--'));
}

export const statistics: Remedies<'statistics'> = {
  drop,
  make: (of, value) => make(of, value, renderObject('statistics', value)),
  alter: {
    ...owned,
    ...{ table: () => again, kinds: () => again, columns: () => again, expressions: () => again },
    target: ({ object, expected }: Subject<'statistics'>, wanted: Statistics['target']) =>
      expected.major < 13
        ? cannot('This version of PostgreSQL has no targets of its own.')
        : run(`ALTER ${object} SET STATISTICS ${wanted ?? -1};`),
  },
};
