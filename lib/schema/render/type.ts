import { quoteIdent, quoteLiteral, quoteRelation } from '../../sql/quote.ts';
import type { BaseType, Composite, Domain, Enum, Range } from '../type.ts';
import { constraintLine } from './column.ts';
import { block, comment, granted, words } from './words.ts';

const usage = 'USAGE';

export function enumStatements(value: Enum): readonly string[] {
  const name = quoteRelation(value.name);
  return [
    `CREATE TYPE ${name} AS ENUM ${block(value.labels.map(quoteLiteral))};`,
    ...granted(`TYPE ${name}`, value, usage),
  ];
}

export function domainStatements(domain: Domain): readonly string[] {
  const name = quoteRelation(domain.name);
  const create = words(
    `CREATE DOMAIN ${name} AS ${domain.type}`,
    domain.collation !== null && `COLLATE ${quoteRelation(domain.collation)}`,
    domain.default !== null && `DEFAULT ${domain.default}`,
    domain.notNull && 'NOT NULL',
  );
  const constraints = domain.constraints.map((constraint) => `\n  ${constraintLine(constraint, false)}`);
  return [
    `${create}${constraints.join('')};`,
    ...granted(`DOMAIN ${name}`, domain, usage),
    ...domain.constraints.flatMap(({ name: own, comment: text }) =>
      comment(`CONSTRAINT ${quoteIdent(own)} ON DOMAIN ${name}`, text),
    ),
  ];
}

export function compositeStatements(composite: Composite): readonly string[] {
  const name = quoteRelation(composite.name);
  const attributes = composite.attributes.map(({ name: own, type, collation }) =>
    words(`${quoteIdent(own)} ${type}`, collation !== null && `COLLATE ${quoteRelation(collation)}`),
  );
  return [
    `CREATE TYPE ${name} AS ${block(attributes)};`,
    ...granted(`TYPE ${name}`, composite, usage),
    ...composite.attributes.flatMap(({ name: own, comment: text }) =>
      comment(`COLUMN ${name}.${quoteIdent(own)}`, text),
    ),
  ];
}

export function rangeStatements(range: Range): readonly string[] {
  const name = quoteRelation(range.name);
  const items = [
    `SUBTYPE = ${range.subtype}`,
    `SUBTYPE_OPCLASS = ${quoteRelation(range.operatorClass)}`,
    ...(range.collation === null ? [] : [`COLLATION = ${quoteRelation(range.collation)}`]),
    ...(range.canonical === null ? [] : [`CANONICAL = ${range.canonical}`]),
    ...(range.subtypeDifference === null ? [] : [`SUBTYPE_DIFF = ${range.subtypeDifference}`]),
    ...(range.multirange === null ? [] : [`MULTIRANGE_TYPE_NAME = ${quoteRelation(range.multirange)}`]),
  ];
  return [`CREATE TYPE ${name} AS RANGE ${block(items)};`, ...granted(`TYPE ${name}`, range, usage)];
}

export function baseTypeStatements(type: BaseType): readonly string[] {
  const name = quoteRelation(type.name);
  const { owner: _owner, grants: _grants, ownerLacks: _lacks, comment: _comment, name: _name, ...properties } = type;
  return [`CREATE TYPE ${name} ${block(propertyLines(properties))};`, ...granted(`TYPE ${name}`, type, usage)];
}

/** `length = -1`, in the order of their names; what has no value is left out. */
export function propertyLines(properties: object): readonly string[] {
  return Object.entries(properties)
    .filter(([, value]) => value !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name} = ${typeof value === 'string' ? value : JSON.stringify(value)}`);
}
