export interface TableName {
  readonly schema?: string | undefined;
  readonly name: string;
}

export interface ColumnName {
  readonly column: string;
  /** The tables that it may be a column of. */
  readonly tables: readonly TableName[];
}

/** An item of FROM. The table is undefined for a subquery, a function or a join, whose columns are not known here. */
interface Range {
  readonly alias: string;
  readonly table: TableName | undefined;
}

interface Scope {
  readonly ranges: readonly Range[];
  /** The names of common table expressions, which hide tables. */
  readonly withs: ReadonlySet<string>;
}

type Tree = Readonly<Record<string, unknown>>;

/** Walks through the trees of statements, each with the items of FROM that are visible in it. */
export class Walk {
  readonly tables: TableName[] = [];
  readonly columns: ColumnName[] = [];
  readonly calls: string[] = [];
  readonly fields: string[] = [];
  /** Tables that the body creates itself. */
  readonly made: Set<string> = new Set();
  readonly variables: ReadonlySet<string>;

  constructor(variables: ReadonlySet<string>) {
    this.variables = variables;
  }

  visit(tree: unknown, scopes: readonly Scope[]): void {
    if (Array.isArray(tree)) for (const one of tree) this.visit(one, scopes);
    if (typeof tree !== 'object' || tree === null || Array.isArray(tree)) return;
    for (const [kind, value] of Object.entries(tree as Tree)) {
      const node = (typeof value === 'object' && value !== null ? value : {}) as Tree;
      const read = this.readerOf(kind, node);
      if (read === undefined) this.visit(value, scopes);
      else read(node, scopes);
    }
  }

  private readerOf(kind: string, node: Tree): ((node: Tree, scopes: readonly Scope[]) => void) | undefined {
    if (kind === 'relation') return 'relname' in node ? this.readers.RangeVar : undefined;
    return Object.hasOwn(this.readers, kind) ? this.readers[kind] : undefined;
  }

  private readonly readers: Readonly<Record<string, (node: Tree, scopes: readonly Scope[]) => void>> = {
    SelectStmt: (node, scopes) => this.select(node, scopes),
    InsertStmt: (node, scopes) => this.write('InsertStmt', node, scopes),
    UpdateStmt: (node, scopes) => this.write('UpdateStmt', node, scopes),
    DeleteStmt: (node, scopes) => this.write('DeleteStmt', node, scopes),
    MergeStmt: (node, scopes) => this.write('MergeStmt', node, scopes),
    ColumnRef: (node, scopes) => this.column(node, scopes),
    FuncCall: (node, scopes) => this.call(node, scopes),
    RangeVar: (node, scopes) => this.table(node, scopes),
    CreateStmt: (node, scopes) => this.make('CreateStmt', node, scopes),
    into: (node, scopes) => this.make('into', node, scopes),
    rel: (node, scopes) => this.make('rel', node, scopes),
  };

  private select(node: Tree, outer: readonly Scope[]): void {
    const scope = this.scopeOf(node, listOf(node.fromClause), outer);
    const outputs = new Set(
      listOf(node.targetList).flatMap((target) => {
        const { name } = ((target as Tree).ResTarget ?? {}) as { name?: string | undefined };
        return name === undefined ? [] : [name];
      }),
    );
    // ORDER BY, GROUP BY and DISTINCT may refer to an output name.
    const { sortClause, groupClause, distinctClause, larg, rarg, ...rest } = node;
    this.visit(rest, [scope, ...outer]);
    this.visit(
      [larg, rarg]
        .map((side) => ({ SelectStmt: side ?? {} }))
        .filter(({ SelectStmt }) => Object.keys(SelectStmt).length > 0),
      [{ ...scope, ranges: [] }, ...outer],
    );
    for (const clause of [sortClause, groupClause, distinctClause]) {
      const named = listOf(clause).filter((one) => !outputs.has(nameIn(one)));
      if (larg === undefined) this.visit(named, [scope, ...outer]);
    }
  }

  private write(kind: string, node: Tree, outer: readonly Scope[]): void {
    const relation = (node.relation ?? {}) as Tree;
    const others = [
      ...listOf(node.fromClause),
      ...listOf(node.usingClause),
      ...(node.sourceRelation ? [node.sourceRelation] : []),
    ];
    const scope = this.scopeOf(node, [{ RangeVar: relation }, ...others], outer);
    const own = tableIn(relation);
    const set = (targets: unknown) => {
      for (const target of listOf(targets)) {
        const { name } = ((target as Tree).ResTarget ?? {}) as { name?: string | undefined };
        if (name !== undefined) this.columns.push({ column: name, tables: [own] });
      }
    };
    if (kind === 'InsertStmt') set(node.cols);
    if (kind === 'UpdateStmt') set(node.targetList);
    const conflict = (node.onConflictClause ?? {}) as Tree;
    set(conflict.targetList);
    for (const clause of listOf(node.mergeWhenClauses))
      set(((clause as Tree).MergeWhenClause as Tree | undefined)?.targetList);
    const { relation: _, selectStmt, cols: __, ...rest } = node;
    this.visit(rest, [scope, ...outer]);
    // The query of an INSERT does not see the target table.
    this.visit(selectStmt, [{ ...scope, ranges: [] }, ...outer]);
  }

  private scopeOf(node: Tree, from: readonly unknown[], outer: readonly Scope[]): Scope {
    const ctes = listOf((node.withClause as Tree | undefined)?.ctes);
    const withs = new Set([
      ...ctes.map((cte) => String(((cte as Tree).CommonTableExpr as Tree | undefined)?.ctename ?? '')),
      ...outer.flatMap((scope) => [...scope.withs]),
    ]);
    const scope: Scope = { ranges: from.flatMap((one) => this.rangesIn(one, withs)), withs };
    for (const { table } of scope.ranges) if (table !== undefined) this.tables.push(table);
    return scope;
  }

  private rangesIn(node: unknown, withs: ReadonlySet<string>): readonly Range[] {
    const [kind = '', value] = Object.entries((node ?? {}) as Tree)[0] ?? [];
    const tree = (value ?? {}) as Tree;
    const alias = (tree.alias as { aliasname?: string } | undefined)?.aliasname;
    if (kind === 'JoinExpr') {
      const inner = [...this.rangesIn(tree.larg, withs), ...this.rangesIn(tree.rarg, withs)];
      return alias === undefined ? inner : [...inner, { alias, table: undefined }];
    }
    if (kind !== 'RangeVar') return [{ alias: alias ?? '', table: undefined }];
    const table = tableIn(tree);
    const isOther = table.schema === undefined && withs.has(table.name);
    return [{ alias: alias ?? table.name, table: isOther ? undefined : table }];
  }

  private column(node: Tree, scopes: readonly Scope[]): void {
    const path = listOf(node.fields).map((field) => ((field as Tree).String as { sval?: string } | undefined)?.sval);
    const column = path.at(-1);
    if (column === undefined || path.some((part) => part === undefined)) return;
    const [first = '', second = ''] = path as readonly string[];
    if (path.length === 3) this.columns.push({ column, tables: [{ schema: first, name: second }] });
    if (path.length === 2) this.fieldOf(first, column, scopes);
    if (path.length === 1 && !this.variables.has(column)) this.bareColumn(column, scopes);
  }

  private fieldOf(of: string, column: string, scopes: readonly Scope[]): void {
    const range = scopes.flatMap(({ ranges }) => ranges).find(({ alias }) => alias === of);
    if (range?.table !== undefined) this.columns.push({ column, tables: [range.table] });
    if (range === undefined && (of === 'new' || of === 'old')) this.fields.push(column);
  }

  /** An unqualified column may belong to any visible table, provided that only tables are visible. */
  private bareColumn(column: string, scopes: readonly Scope[]): void {
    const ranges = scopes.flatMap((scope) => scope.ranges);
    const tables = ranges.flatMap(({ table }) => table ?? []);
    if (ranges.length > 0 && tables.length === ranges.length) this.columns.push({ column, tables });
  }

  private call(node: Tree, scopes: readonly Scope[]): void {
    const name = listOf(node.funcname).map((part) => ((part as Tree).String as { sval?: string } | undefined)?.sval);
    const last = name.at(-1);
    if (last !== undefined) this.calls.push(last);
    const { funcname: _, ...rest } = node;
    this.visit(rest, scopes);
  }

  private table(node: Tree, scopes: readonly Scope[]): void {
    const table = tableIn(node);
    const isWith = table.schema === undefined && scopes.some(({ withs }) => withs.has(table.name));
    if (!isWith) this.tables.push(table);
  }

  private make(kind: string, node: Tree, scopes: readonly Scope[]): void {
    const relation = (kind === 'CreateStmt' ? node.relation : kind === 'into' ? node.rel : node) as Tree | undefined;
    if (relation?.relname !== undefined) this.made.add(String(relation.relname));
    const { relation: _, rel: __, ...rest } = node;
    if (kind !== 'rel') this.visit(rest, scopes);
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function tableIn({ schemaname, relname }: Tree): TableName {
  return {
    name: String(relname ?? ''),
    schema: typeof schemaname === 'string' && schemaname !== '' ? schemaname : undefined,
  };
}

/** The name, where a sort key is only a name. */
function nameIn(node: unknown): string {
  const sorted = ((node as Tree).SortBy as Tree | undefined)?.node ?? node;
  const fields = listOf(((sorted as Tree).ColumnRef as Tree | undefined)?.fields);
  return fields.length === 1 ? (((fields[0] as Tree).String as { sval?: string } | undefined)?.sval ?? '') : '';
}
