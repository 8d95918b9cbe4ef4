import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { UpdownError } from '../lib/errors.ts';

const details = {
  hint: 'Wait.',
  place: { file: 'up.sql', line: 2, column: 3 },
  sqlstate: '55P03',
  notes: ['detail: held by pid 7'],
  subject: 'a1b2',
  mayCome: true,
  cause: new Error('the server'),
};

test('an error with another detail keeps the rest', () => {
  const error = new UpdownError('busy', 'A lock could not be acquired', details);
  const other = error.with({ hint: 'Try again.' });
  const { code, message, exitStatus, hint, place, sqlstate, notes, subject, mayCome, cause } = other;
  assert.equal({ code, message, exitStatus }, { code: 'busy', message: 'A lock could not be acquired', exitStatus: 5 });
  assert.equal({ hint, place, sqlstate, notes, subject, mayCome, cause }, { ...details, hint: 'Try again.' });
  assert.is(error.hint, 'Wait.');
});

test('a detail that is named and undefined is taken away', () => {
  const error = new UpdownError('busy', 'A lock could not be acquired', details).with({ place: undefined });
  assert.is(error.place, undefined);
  assert.is(error.hint, 'Wait.');
});

test.run();
