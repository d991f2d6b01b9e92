import { createHash } from 'node:crypto';
import t from 'tap';
import { believingUserId, byAdminToken } from '../../src/operations/authenticate.ts';

void t.test('the admin token', async (t) => {
  const authenticate = byAdminToken(createHash('sha256').update('s3cret').digest('hex'));
  t.same(authenticate({ authorization: 'Bearer s3cret' }), { caller: 'admin' });
  t.same(authenticate({ authorization: 'bearer s3cret' }), { caller: 'admin' });
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic s3cret', 's3cret', 'Bearer s3cret x', 'Bearer wrong']) {
    t.throws(() => authenticate({ authorization }), { code: 'unauthenticated' }, String(authorization));
  }
});

void t.test('local mode believes x-user-id, and calls everybody else "local"', async (t) => {
  t.same(believingUserId({ 'x-user-id': 'ada' }), { caller: 'ada' });
  t.same(believingUserId({}), { caller: 'local' });
  t.same(believingUserId({ 'x-user-id': 'line\nbreak' }), { caller: 'local' });
});
