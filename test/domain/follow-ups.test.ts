import t from 'tap';
import { afterAnswer, afterInvalidation, claimDue } from '../../src/domain/follow-ups.ts';
import { LOCAL_FOLLOW_UPS } from '../../src/domain/follow-up-settings.ts';
import { JSON_PATH_PATTERN } from '../../src/domain/json-path.ts';
import type { SettlingOperation } from '../../src/domain/operation.ts';
import { checkProbe, expectedValues } from '../../src/domain/probe.ts';
import { projectDueAt } from '../../src/domain/project-due.ts';

void t.test('paths into JSON have a form of their own', async (t) => {
  const form = new RegExp(JSON_PATH_PATTERN);
  for (const path of ['$.a', '$.a.b[0]', '$[0]', '$.a-b_c[12].d1']) t.ok(form.test(path), path);
  for (const path of ['', '$', 'a', '$.', '$.a.', '$..a', '$.a[*]', '$.a[?(@.b)]', '$.a["b"]', '$.1a', '$.a[-1]']) t.notOk(form.test(path), path);
});

void t.test('a probe is refused when', async (t) => {
  const url = 'https://shop.example.com/';
  for (const [name, probe, field] of [
    ['it has neither header nor path', { url }, 'body/probe'],
    ['it has both', { url, header: 'x', jsonPath: '$.a' }, 'body/probe'],
    ['its URL cannot be read', { url: 'https://', header: 'x' }, 'body/probe/url'],
    ['its URL is of another kind', { url: 'file:///etc/passwd', header: 'x' }, 'body/probe/url'],
    ['its URL carries a secret', { url: 'https://ada:secret@shop.example.com/', header: 'x' }, 'body/probe/url'],
  ] as const) {
    t.throws(() => checkProbe(probe), { code: 'invalid_request', errors: [{ field }] }, name);
  }
  t.doesNotThrow(() => checkProbe({ url, header: 'x' }));
  t.doesNotThrow(() => checkProbe(null));
});

void t.test('what proves a target', async (t) => {
  const target = { deploymentIds: ['dep-9', 'dep-1'], version: '7' };
  t.same(expectedValues(undefined, target), ['dep-9', 'dep-1', '7']);
  t.same(expectedValues('v{version}', target), ['v7']);
  t.same(expectedValues('{deploymentId}@{version}', target), ['dep-9@7', 'dep-1@7']);
  t.same(expectedValues('always', target), ['always']);
  t.same(expectedValues('{deploymentId}', { ...target, deploymentIds: [] }), []);
});

void t.test('what has ended does not begin again', async (t) => {
  const entry: SettlingOperation = {
    operation: {
      projectId: 'p', operationId: 'op', kind: 'promote', state: 'succeeded', caller: 'ada', startedAt: 1, endedAt: 2, steps: [],
    },
  };
  t.equal(afterAnswer(entry, { kind: 'value', value: '1' }, 3, LOCAL_FOLLOW_UPS), entry);
  t.equal(afterInvalidation(entry, { kind: 'refused', detail: '' }, 3, LOCAL_FOLLOW_UPS), entry);
  t.same(claimDue(entry, {}, 3), entry);
});

void t.test('a project is due', async (t) => {
  const operation = { projectId: 'p', operationId: 'op', kind: 'promote', state: 'succeeded', caller: 'ada', startedAt: 1, steps: [] } as const;
  const owed = { distributionId: 'E1', paths: ['/*'], callerReference: 'op', attempts: 0, dueAt: 70, deadline: 99 };
  const probe = { url: 'http://x/', header: 'x', expected: ['1'], timeLimitMs: 9, deadline: 99, dueAt: 60, matches: 0 };
  const live = { operationId: 'op', at: 1, server: { functionName: 'f', version: '1', revisionId: 'r' } };
  const ended = { operation: { ...operation, endedAt: 50 } };
  const open = { ...operation, state: 'running', leaseUntil: 40, pins: false } as const;
  for (const [name, project, dueAt] of [
    ['never when there is nothing to do', {}, undefined],
    ['when the lease of its operation runs out, whatever else there is', { operation: open, settling: { op: ended }, live, aliasCheckAt: 1 }, 40],
    ['at once for records that are not written', { settling: { op: { ...ended, probe } } }, 50],
    ['at once for what has just ended', { settling: { op: { ...ended, recorded: true } } }, 50],
    ['at once for what ended at no known time', { settling: { op: { operation } } }, 0],
    ['for the first of its follow-ups', { settling: { op: { ...ended, recorded: true, invalidation: owed, probe } } }, 60],
    ['for the only one', { settling: { op: { ...ended, recorded: true, invalidation: owed } } }, 70],
    ['for the next look at its aliases', { live, aliasCheckAt: 80 }, 80],
    ['not for a look at aliases of which nothing is recorded', { aliasCheckAt: 80 }, undefined],
    ['for the first of all of it', { settling: { op: { ...ended, recorded: true, probe } }, live, aliasCheckAt: 55 }, 55],
  ] as const) t.equal(projectDueAt(project), dueAt, name);
});
