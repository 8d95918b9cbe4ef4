import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Conversion, conversionOf } from '../../lib/schema/conversion.ts';
import { withDatabase } from '../support/database.ts';

/** Values of each type: the least and the greatest, and those with all that the type can hold. */
const values: Readonly<Record<string, readonly string[]>> = {
  smallint: ['-32768', '32767', '7'],
  integer: ['-2147483648', '2147483647', '123456789', '2'],
  bigint: ['-9223372036854775808', '9223372036854775807', '1234567890123456789', '5'],
  numeric: ['123456789.123456789', '99999999999999999999', '0.5'],
  'numeric(10,2)': ['12345678.95', '-0.05'],
  'numeric(10,4)': ['123456.7895', '0.0001'],
  'numeric(5,0)': ['99999', '12345'],
  'numeric(3,-2)': ['12300'],
  real: ['0.1', '3.5', '16777216', '1.2345678'],
  'double precision': ['0.1', '2.75', '0.123456', '123456789.123456789', '1e300'],
  money: ['92233720368547758.07', '0.05'],
  text: ['', 'x', '12', '12.345', '2024-01-15 10:11:12.123456', '10:11:12.1234567', '{"b": 1, "b": 2}', 'a'.repeat(70)],
  'character varying': ['', 'x', '12.345', 'a'.repeat(70)],
  'character varying(5)': ['abcde', '12.34', '1'],
  'character varying(9)': ['abcdefghi', '1'],
  'character(5)': ['abcde', '12'],
  date: ['2024-03-01', '0001-01-01'],
  'timestamp without time zone': ['2024-03-01 17:45:30.123456', '2024-03-01'],
  'timestamp(0) without time zone': ['2024-03-01 17:45:30'],
  'timestamp(3) without time zone': ['2024-03-01 17:45:30.123'],
  'timestamp with time zone': ['2024-03-01 17:45:30.123456+00', '2024-03-01+00'],
  'timestamp(3) with time zone': ['2024-03-01 17:45:30.123+00'],
  'time without time zone': ['10:11:12.123456', '00:00'],
  'time(0) without time zone': ['10:11:12'],
  'time with time zone': ['10:11:12.123456+02', '00:00+00'],
  interval: ['1 year 2 days 03:04:05.123456', '5 hours'],
  'interval(0)': ['1 year 2 days 03:04:05'],
  'interval day': ['3 days'],
  json: ['{"b": 1, "a": 2, "b": 3}', '[1]'],
  jsonb: ['{"a": 1}'],
  inet: ['192.168.1.5/24', '10.0.0.0/8'],
  cidr: ['192.168.1.0/24'],
  boolean: ['true', 'false'],
  name: ['x'],
  '"char"': ['x'],
  'integer[]': ['{1,2147483647}'],
  'bigint[]': ['{1,9223372036854775807}'],
  'numeric(10,2)[]': ['{1.25}'],
  'timestamp without time zone[]': ['{"2024-03-01 17:45:30.123456"}'],
  'date[]': ['{2024-03-01}'],
  'bit(3)': ['101'],
  'bit varying': ['1', '10101'],
  uuid: ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
};

/** As the remedies write it: a text, or a number that is a truth value, is converted by a cast of its own. */
const needsCast = (from: string, to: string) =>
  !/^(text|character|name|"char")/.test(to) &&
  (/^(text|character)/.test(from) || [from, to].sort().join() === 'boolean,integer');

type Outcome = 'kept' | 'changed' | 'refused';

test('each type changes values of another one as it is said of the two, on a server', () =>
  withDatabase(async ({ query }) => {
    await query("SET timezone = 'UTC'; SET extra_float_digits = 1");
    await query(`CREATE FUNCTION alter_type(here text, there text, value text, using_cast boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  same boolean;
BEGIN
  EXECUTE format('CREATE TEMPORARY TABLE t (was text, a %s)', here);
  EXECUTE format('INSERT INTO t SELECT a::text, a FROM (SELECT %L::%s AS a) AS made', value, here);
  BEGIN
    EXECUTE format('ALTER TABLE t ALTER a TYPE %s%s', there, CASE WHEN using_cast THEN format(' USING a::%s', there) ELSE '' END);
  EXCEPTION WHEN OTHERS THEN
    DROP TABLE t;
    RETURN CASE WHEN SQLSTATE = '42804' THEN 'no cast' ELSE 'refused' END;
  END;
  -- The value is kept if the one that was there can be made of it again.
  BEGIN
    EXECUTE format('SELECT rtrim(a::%s::text) = rtrim(was) FROM t', here) INTO same;
  EXCEPTION WHEN OTHERS THEN
    BEGIN
      EXECUTE format('SELECT rtrim(a::text::%s::text) = rtrim(was) FROM t', here) INTO same;
    EXCEPTION WHEN OTHERS THEN
      same := false;
    END;
  END;
  DROP TABLE t;
  RETURN CASE WHEN same THEN 'kept' ELSE 'changed' END;
END $$`);
    const wrong: string[] = [];
    const types = Object.keys(values);
    for (const from of types) {
      for (const to of types.filter((type) => type !== from)) {
        const told = conversionOf(from, to);
        const cast = needsCast(from, to);
        const rows = await query(
          values[from]!.map((value) => `SELECT alter_type('${from}', '${to}', '${value}', ${cast}) AS outcome`).join(
            ' UNION ALL ',
          ),
        );
        const outcomes = rows.map(({ outcome }) => outcome as Outcome | 'no cast');
        if (outcomes.includes('no cast')) continue;
        if (!isTrue(told, outcomes as readonly Outcome[], isLoose(from, to)))
          wrong.push(`${from} > ${to}: ${told}, but ${outcomes.join()}`);
      }
    }
    assert.is(wrong.join('\n'), '');
  }));

/** A text spells one value in many ways, and how many digits money has is a setting. */
function isLoose(from: string, to: string): boolean {
  return /^(text|character)/.test(from) || [from, to].includes('money');
}

function isTrue(told: Conversion, outcomes: readonly Outcome[], loose: boolean): boolean {
  switch (told) {
    case 'keeps':
      return outcomes.every((one) => one === 'kept');
    case 'fails':
      return loose || !outcomes.includes('changed');
    case 'rounds':
      return loose || outcomes.includes('changed');
  }
}

test.run();
