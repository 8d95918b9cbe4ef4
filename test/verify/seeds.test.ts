import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { withProject } from '../support/project.ts';
import { verify } from './document.ts';

const roles = {
  id: 'aaaaaaaaaaaa',
  up: `CREATE TABLE roles (id serial PRIMARY KEY, name text, note text);
CREATE UNIQUE INDEX roles_name ON roles (name);
INSERT INTO roles (name, note) VALUES ('admin', 'may all'), ('user', 'may little');\n`,
  down: 'DROP TABLE roles;\n',
};

test('a down.sql that takes what an earlier revision has put in is found', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(cwd, [
      roles,
      {
        id: 'bbbbbbbbbbbb',
        up: "INSERT INTO roles (name) VALUES ('admin'), ('auditor') ON CONFLICT DO NOTHING;\n",
        down: "DELETE FROM roles WHERE name IN ('admin', 'auditor');\n",
      },
      {
        id: 'cccccccccccc',
        up: "UPDATE roles SET note = 'may some' WHERE name = 'user';\n",
        down: "UPDATE roles SET note = NULL WHERE name = 'user';\n",
      },
      {
        id: 'dddddddddddd',
        up: "INSERT INTO roles (name) VALUES ('guest');\n",
        down: "DELETE FROM roles WHERE name = 'guest';\n",
      },
      {
        id: 'eeeeeeeeeeee',
        up: "DELETE FROM roles WHERE name = 'user';\n",
        down: '-- Nobody knows what was in it.\nSELECT 1;\n',
      },
    ]);
    assert.equal(
      found.revisions.map(({ id, rows }) => [id, rows?.lost]),
      [
        ['aaaaaaaaaaaa', []],
        ['bbbbbbbbbbbb', [{ table: 'public.roles', column: null, count: 1, by: 'down' }]],
        ['cccccccccccc', [{ table: 'public.roles', column: 'note', count: 1, by: 'down' }]],
        ['dddddddddddd', []],
        ['eeeeeeeeeeee', [{ table: 'public.roles', column: null, count: 1, by: 'up' }]],
      ],
    );
    const apart = await verify(cwd, [], '--schema-only');
    assert.ok(apart.found.revisions.every(({ rows }) => rows === null));
  }));

test('rows that a second up.sql leaves are no reason why a later revision fails', () =>
  withProject({}, async (cwd) => {
    const { found } = await verify(cwd, [
      {
        id: 'aaaaaaaaaaaa',
        up: 'CREATE TABLE roles (id serial PRIMARY KEY, name text); CREATE TABLE rights (role integer REFERENCES roles);\n',
        down: 'DROP TABLE rights; DROP TABLE roles;\n',
      },
      // There twice behind the second time.
      { id: 'bbbbbbbbbbbb', up: "INSERT INTO roles (name) VALUES ('admin');\n", down: 'SELECT 1;\n' },
      {
        id: 'cccccccccccc',
        up: 'CREATE UNIQUE INDEX roles_name ON roles (name);\n',
        down: 'DROP INDEX roles_name;\n',
      },
      // With another key the second time.
      {
        id: 'dddddddddddd',
        up: "INSERT INTO roles (name) VALUES ('user');\n",
        down: "DELETE FROM roles WHERE name = 'user';\n",
      },
      { id: 'eeeeeeeeeeee', up: 'INSERT INTO rights VALUES (2);\n', down: 'DELETE FROM rights WHERE role = 2;\n' },
      // Not for want of rows: it fails on a new database, too.
      { id: 'ffffffffffff', up: 'CREATE TABLE more ();\n', down: 'DROP TABLE none;\n' },
      { id: 'abababababab', up: 'CREATE TABLE last ();\n', down: 'DROP TABLE last;\n' },
    ]);
    assert.equal(
      found.revisions.map(({ id, up, down, again, restored }) => [id, up, down, again, restored]),
      [
        ['aaaaaaaaaaaa', 'ok', 'ok', 'ok', true],
        ['bbbbbbbbbbbb', 'ok', 'ok', 'ok', true],
        ['cccccccccccc', 'ok', 'ok', 'ok', true],
        ['dddddddddddd', 'ok', 'ok', 'ok', true],
        ['eeeeeeeeeeee', 'ok', 'ok', 'ok', true],
        ['ffffffffffff', 'ok', 'failed', 'skipped', null],
        ['abababababab', 'ok', 'ok', 'ok', true],
      ],
    );
  }));

test.run();
