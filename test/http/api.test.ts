import t from 'tap';
import { AnchorError } from '../../src/domain/errors.ts';
import type { DomainView } from '../../src/domain/domain-view.ts';
import type { Hostname } from '../../src/domain/hostname.ts';
import type { DnsDiagnosis } from '../../src/domain/dns-diagnosis.ts';
import { DIAGNOSIS_EXAMPLE } from '../../src/http/routes/domains/diagnosis-schemas.ts';
import { DOMAIN_EXAMPLE } from '../../src/http/routes/domains/schemas.ts';
import { ROLLBACK_EXAMPLE } from '../../src/http/routes/rollback/schemas.ts';
import { DEFAULTS, httpWorld } from '../support/http-world.ts';
import type { HttpWorld } from '../support/http-world.ts';

const NOW = 1_790_000_000_000;
const ARN = 'arn:aws:lambda:us-east-1:123456789012:function:anchor-server:2';
const build = { commitSha: 'abcdef0', branch: 'main', version: '1.0', status: 'deployed', lambdaServerVersionArn: ARN };
const SHARED = { mode: 'distribution', distributionId: null, routingEndpoint: null, connectionGroupId: null };

async function aProject({ ask }: HttpWorld): Promise<string> {
  const { body } = await ask('POST', '/projects', { name: 'Shop' });
  return (body as { projectId: string }).projectId;
}

void t.test('projects', async (t) => {
  const http = await httpWorld(t);
  const { ask } = http;

  const created = await ask('POST', '/projects', { name: 'Shop', serverFunctionName: 'shop' });
  t.equal(created.status, 201);
  t.equal(created.headers.location, '/projects/prj_000001');
  t.equal(created.headers['content-type'], 'application/json; charset=utf-8');
  t.strictSame(created.body, {
    projectId: 'prj_000001', name: 'Shop',
    serverFunctionName: 'shop', imageFunctionName: null, distributionId: null, distributionDomain: null,
    edge: null,
    effective: { ...DEFAULTS, serverFunctionName: 'shop', imageFunctionName: null, edge: SHARED },
    cache: { invalidate: true, paths: ['/*'] }, probe: null, drift: null, onDomainDrift: 'repair',
    createdAt: NOW, updatedAt: NOW,
  }, 'its own settings, those in effect, and nothing of how it is stored');

  t.strictSame((await ask('GET', '/projects/prj_000001')).body, created.body);
  t.match(await ask('PATCH', '/projects/prj_000001', { name: 'Store', serverFunctionName: null }),
    { status: 200, body: { name: 'Store', serverFunctionName: null, effective: DEFAULTS } });

  for (const onDomainDrift of ['report', 'repair']) {
    t.match(await ask('PATCH', '/projects/prj_000001', { onDomainDrift }), { status: 200, body: { onDomainDrift } });
  }
  t.match(await ask('PATCH', '/projects/prj_000001', { onDomainDrift: null }), { status: 200, body: { onDomainDrift: 'repair' } });
  t.match(await ask('POST', '/projects', { name: 'Shop', onDomainDrift: 'report' }), { status: 201, body: { onDomainDrift: 'report' } });
  t.match(await ask('DELETE', '/projects/prj_000002'), { status: 204 });
  t.match(await ask('DELETE', '/projects/prj_000001'), { status: 204, body: undefined });
  t.match(await ask('GET', '/projects/prj_000001'), { status: 404, body: { code: 'project_not_found' } });
  t.strictSame((await ask('GET', '/projects')).body, []);

  for (const [field, value] of [
    ['name', ''], ['name', 'a\nb'], ['name', 'x'.repeat(129)], ['serverFunctionName', 'a:b'],
    ['distributionId', 'lower'], ['distributionDomain', 'not a name'], ['edge', { mode: 'both' }],
    ['onDomainDrift', 'ignore'],
  ] as const) {
    t.match(await ask('POST', '/projects', { name: 'ok', [field]: value }),
      { status: 400, body: { code: 'invalid_request', errors: [{ field: `body/${field}` }] } }, `${field}: ${JSON.stringify(value)}`);
  }
});

void t.test('how new domains get onto CloudFront is the project\'s to say', async (t) => {
  const { ask } = await httpWorld(t);
  const none = { distributionId: null, routingEndpoint: null, connectionGroupId: null };
  t.match(await ask('POST', '/projects', { name: 'Shop', edge: { mode: 'tenant' } }),
    { status: 201, body: { edge: { mode: 'tenant', ...none }, effective: { edge: { mode: 'tenant', ...none } } } });
  const path = '/projects/prj_000001';
  const own = { mode: 'tenant', distributionId: 'E2', routingEndpoint: 'd2.cloudfront.net', connectionGroupId: 'cg_2' };
  t.match(await ask('PATCH', path, { edge: own }), { status: 200, body: { edge: own, effective: { edge: own } } });
  t.match(await ask('PATCH', path, { edge: { mode: 'distribution' } }), { status: 200, body: { edge: SHARED } });
  t.match(await ask('PATCH', path, { edge: null }), { status: 200, body: { edge: null, effective: { edge: SHARED } } });
  for (const [edge, field] of [
    [{ mode: 'tenant', distributionId: 'lower' }, 'body/edge/distributionId'],
    [{ mode: 'distribution', routingEndpoint: 'd2.cloudfront.net' }, 'body/edge/routingEndpoint'],
    [{}, 'body/edge/mode'],
  ] as const) {
    t.match(await ask('POST', '/projects', { name: 'Shop', edge }), { status: 400, body: { errors: [{ field }] } });
  }
});

void t.test('what happens after a switch is the project\'s to say', async (t) => {
  const { ask, world } = await httpWorld(t);
  const probe = { url: 'https://shop.example.com/build', header: 'x-build' };
  const shownProbe = { ...probe, jsonPath: null, expect: null };
  t.match(await ask('POST', '/projects', { name: 'Shop', cache: { invalidate: true }, probe }),
    { status: 201, body: { cache: { invalidate: true, paths: ['/*'] }, probe: shownProbe, drift: null } });

  const path = '/projects/prj_000001';
  const cache = { invalidate: false, paths: ['/a', '/b/*'] };
  const byBody = { url: probe.url, jsonPath: '$.id', expect: '{version}' };
  t.match(await ask('PATCH', path, { cache, probe: byBody }),
    { status: 200, body: { cache, probe: { ...byBody, header: null } } });
  const before = await world.stores.projects.get({ projectId: 'prj_000001' });
  t.match(await ask('PATCH', path, { cache, probe: byBody }), { status: 200 });
  t.strictSame(await world.stores.projects.get({ projectId: 'prj_000001' }), before, 'the same again changes nothing');
  t.match(await ask('PATCH', path, { cache: null, probe: null }),
    { status: 200, body: { cache: { invalidate: true, paths: ['/*'] }, probe: null } });

  const server = { expected: '1', found: '2', weights: { 3: 0.1 } };
  for (const [drift, shown] of [
    [{ since: NOW, server }, { since: NOW, server, image: null }],
    [{ since: NOW, image: { expected: '1', weights: {} } }, { since: NOW, server: null, image: { expected: '1', found: null, weights: {} } }],
  ] as const) {
    await world.stores.projects.update({ projectId: 'prj_000001' }, { set: { drift } });
    t.strictSame(((await ask('GET', path)).body as { drift: unknown }).drift, shown);
  }

  const operation = {
    projectId: 'prj_000001', operationId: 'op_1', kind: 'promote', state: 'succeeded', caller: 'ada', startedAt: NOW, steps: [],
  } as const;
  await world.stores.operations.create({ ...operation, cache: { state: 'done', invalidationId: 'I1' }, proof: { state: 'off' } });
  await world.stores.operations.create({
    ...operation, operationId: 'op_2', cache: { state: 'failed', detail: 'Why.' }, proof: { state: 'confirmed', liveAfterMs: 7 },
  });
  await world.stores.operations.create({ ...operation, operationId: 'op_3', state: 'failed' });
  t.match((await ask('GET', `${path}/operations`)).body, [
    { cache: null, proof: null },
    { cache: { state: 'failed', invalidationId: null, detail: 'Why.' }, proof: { state: 'confirmed', liveAfterMs: 7, detail: null } },
    { cache: { state: 'done', invalidationId: 'I1', detail: null }, proof: { state: 'off', liveAfterMs: null, detail: null } },
  ]);

  for (const [change, field] of [
    [{ cache: {} }, 'body/cache/invalidate'],
    [{ cache: { invalidate: true, paths: [] } }, 'body/cache/paths'],
    [{ cache: { invalidate: true, paths: ['a'] } }, 'body/cache/paths/0'],
    [{ cache: { invalidate: true, paths: ['/*/a'] } }, 'body/cache/paths/0'],
    [{ cache: { invalidate: true, paths: Array.from({ length: 16 }, (_, each) => `/${each}`) } }, 'body/cache/paths'],
    [{ probe: { ...probe, url: 'ftp://shop.example.com/' } }, 'body/probe/url'],
    [{ probe: { ...probe, url: 'https://ada:secret@shop.example.com/' } }, 'body/probe/url'],
    [{ probe: { ...probe, header: 'a b' } }, 'body/probe/header'],
    [{ probe: { url: probe.url, jsonPath: '$..id' } }, 'body/probe/jsonPath'],
    [{ probe: { ...probe, jsonPath: '$.id' } }, 'body/probe'],
    [{ probe: { url: probe.url } }, 'body/probe'],
    [{ probe: { ...probe, extra: 1 } }, 'body/probe/extra'],
  ] as const) {
    const told = { status: 400, body: { code: 'invalid_request', errors: [{ field }] } };
    t.match(await ask('PATCH', path, change), told, `change ${JSON.stringify(change)}`);
    t.match(await ask('POST', '/projects', { name: 'ok', ...change }), told, `create ${JSON.stringify(change)}`);
  }
});

void t.test('deployments', async (t) => {
  const http = await httpWorld(t);
  const { ask } = http;
  const path = `/projects/${await aProject(http)}/deployments`;

  const registered = await ask('POST', path, build);
  t.equal(registered.status, 201);
  t.equal(registered.headers.location, `${path}/dep_000002`);
  t.strictSame(registered.body, {
    deploymentId: 'dep_000002', projectId: 'prj_000001', commitSha: 'abcdef0', branch: 'main', version: '1.0',
    status: 'deployed', lambdaServerVersionArn: ARN, lambdaImageVersionArn: null,
    isRollback: false, rollbackFrom: null, rollbackTo: null, createdAt: NOW, updatedAt: NOW, deployedAt: NOW,
    promotion: null,
  });
  const { promotion: _promotion, ...deployment } = registered.body as { promotion: unknown };
  t.strictSame((await ask('GET', `${path}/dep_000002`)).body, deployment);

  t.match(await ask('POST', path, { ...build, branch: 'next', status: 'building', lambdaServerVersionArn: undefined }),
    { status: 201, body: { deployedAt: null, lambdaServerVersionArn: null } });
  t.match(await ask('PATCH', `${path}/dep_000003`, { status: 'deployed', lambdaServerVersionArn: ARN }),
    { status: 200, body: { status: 'deployed', lambdaServerVersionArn: ARN, deployedAt: NOW } });
  t.match(await ask('PATCH', `${path}/dep_000003`, { status: 'failed' }),
    { status: 409, body: { code: 'deployment_status_final' } });

  t.match(await ask('GET', path),
    { status: 200, body: [{ deploymentId: 'dep_000003' }, { deploymentId: 'dep_000002' }] });
  t.match((await ask('GET', `${path}?branch=next&status=deployed`)).body, [{ deploymentId: 'dep_000003' }]);
  t.strictSame((await ask('GET', `${path}?status=failed`)).body, []);

  t.match(await ask('POST', path, { ...build, lambdaServerVersionArn: ARN.replace('anchor-server', 'other') }), {
    status: 400,
    body: {
      code: 'invalid_request',
      errors: [{ field: 'body/lambdaServerVersionArn', message: /anchor-server, not of other/ }],
    },
  });
  for (const [field, value] of [
    ['commitSha', 'abcdef'], ['commitSha', 'ghijklm'], ['branch', ''], ['branch', 'a\u0000'],
    ['version', 'v'.repeat(129)], ['status', 'live'],
  ] as const) {
    t.match(await ask('POST', path, { ...build, [field]: value }),
      { status: 400, body: { errors: [{ field: `body/${field}` }] } }, `${field}: ${value}`);
  }
  t.match(await ask('GET', `${path}/dep_000009`), { status: 404, body: { code: 'deployment_not_found' } });
  t.match(await ask('GET', '/projects/prj_9/deployments'), { status: 404, body: { code: 'project_not_found' } });
});

void t.test('lists go page by page, newest first', async (t) => {
  const http = await httpWorld(t);
  const { ask } = http;
  const path = `/projects/${await aProject(http)}/deployments`;
  for (let i = 0; i < 5; i++) await ask('POST', path, { ...build, version: `v${i}` });
  await ask('POST', path, { ...build, branch: 'other' });

  const versions: string[] = [];
  let next: string | undefined = `${path}?limit=2&branch=main`;
  const sizes: number[] = [];
  while (next) {
    const { body, headers }: { body: unknown; headers: Readonly<Record<string, unknown>> } = await ask('GET', next);
    const page = body as { version: string }[];
    versions.push(...page.map(({ version }) => version));
    sizes.push(page.length);
    const link: RegExpExecArray | null = /^<(.*)>; rel="next"$/.exec(String(headers.link));
    next = link?.[1];
    t.equal(next !== undefined, headers['x-next-cursor'] !== undefined, 'both headers or none');
    if (next) t.match(next, `cursor=${String(headers['x-next-cursor'])}`);
  }
  t.strictSame(versions, ['v4', 'v3', 'v2', 'v1', 'v0']);
  t.strictSame(sizes, [2, 2, 1]);

  t.equal(((await ask('GET', path)).body as []).length, 6, 'twenty when nothing is said');
  for (const [query, field] of [
    ['limit=0', 'limit'], ['limit=101', 'limit'], ['limit=x', 'limit'], ['limit=1&limit=2', 'limit'],
    ['cursor=', 'cursor'], ['cursor=!!', 'cursor'], ['cursor=AAAA', 'cursor'], ['sort=asc', 'sort'],
    ['status=live', 'status'],
  ] as const) {
    t.match(await ask('GET', `${path}?${query}`),
      { status: 400, body: { code: 'invalid_request', errors: [{ field: `query/${field}` }] } }, query);
  }
});

void t.test('rollback hands over target and caller, and answers what was done', async (t) => {
  const asked: unknown[] = [];
  const { ask } = await httpWorld(t, {
    rollBack: async (...args) => {
      asked.push(args);
      return ROLLBACK_EXAMPLE;
    },
  });
  t.match(await ask('POST', '/projects/prj_1/rollback', { targetDeploymentId: 'dep_1' }),
    { status: 200, body: ROLLBACK_EXAMPLE });
  t.match(asked, [['prj_1', { targetDeploymentId: 'dep_1', caller: 'ada' }]]);
  t.match(await ask('POST', '/projects/prj_1/rollback', {}), {
    status: 400,
    body: { code: 'invalid_request', errors: [{ field: 'body/targetDeploymentId', message: 'is required' }] },
  });
});

void t.test('operations are shown with their steps, and without the journal\'s own fields', async (t) => {
  const http = await httpWorld(t);
  const { ask, world } = http;
  const projectId = await aProject(http);
  const operation = {
    projectId, operationId: 'op_1', kind: 'rollback', state: 'running', targetDeploymentId: 'dep_1',
    resultDeploymentId: 'dep_2', caller: 'ada', startedAt: 5,
    steps: [{ at: 6, name: 'take the project', outcome: 'ok' }],
    leaseUntil: NOW, pins: true,
  } as const;
  await world.stores.projects.update({ projectId }, { set: { operation } });
  const { targetDeploymentId: _target, resultDeploymentId: _result, ...undo } = operation;
  await world.stores.operations.create({
    ...undo, kind: 'undo', reason: 'wrong one', operationId: 'op_0',
    state: 'failed', endedAt: 9, cause: 'Lambda said no.',
  });

  const { leaseUntil: _lease, pins: _pins, ...shown } = operation;
  const { body } = await ask('GET', `/projects/${projectId}/operations`);
  t.match(body, [
    { ...shown, endedAt: null, cause: null, steps: [{ ...shown.steps[0], detail: null }] },
    {
      operationId: 'op_0', state: 'failed', endedAt: 9, cause: 'Lambda said no.',
      targetDeploymentId: null, resultDeploymentId: null, reason: 'wrong one',
    },
  ]);
  t.notOk(JSON.stringify(body).includes('leaseUntil'));
  t.match((await ask('GET', `/projects/${projectId}/operations/op_1`)).body, { state: 'running' });
  t.match(await ask('GET', `/projects/${projectId}/operations/op_7`),
    { status: 404, body: { code: 'operation_not_found' } });
});

void t.test('domains', async (t) => {
  const view: DomainView = { ...DOMAIN_EXAMPLE, domain: 'shop.example.com' as Hostname };
  const diagnosis: DnsDiagnosis = { ...DIAGNOSIS_EXAMPLE, domain: view.domain };
  let created = true;
  let early = false;
  const { ask } = await httpWorld(t, {
    addDomain: async (_projectId, { domain }) => {
      if (domain === '10.0.0.1') throw new AnchorError('invalid_hostname', 'An IP address is not a domain name.');
      return { created, domain: { ...view, dnsValidation: null } };
    },
    listDomains: async () => ({ items: [view], nextCursor: 'abc' }),
    getDomain: async () => view,
    removeDomain: async () => ({ ...view, status: 'deleting' }),
    diagnoseDomain: async () => diagnosis,
    verifyDomain: async () => {
      if (early) throw new AnchorError('verify_too_soon', 'It was verified a moment ago.', { retryAfterSeconds: 3 });
      return { ...diagnosis, ok: true };
    },
  });
  const path = '/projects/prj_01k5hq3v7m9e8w/domains';

  const added = await ask('POST', path, { domain: 'shop.example.com' });
  t.equal(added.status, 201);
  t.equal(added.headers.location, `${path}/dom_01k5hq5n8d3y7z`);
  t.strictSame(added.body, { ...view, dnsValidation: null });
  created = false;
  t.equal((await ask('POST', path, { domain: 'shop.example.com' })).status, 200, 'a retry is harmless');
  t.match(await ask('POST', path, { domain: '10.0.0.1' }), { status: 400, body: { code: 'invalid_hostname' } });

  const list = await ask('GET', `${path}?limit=1`);
  t.strictSame(list.body, [view]);
  t.equal(list.headers.link, `<${path}?limit=1&cursor=abc>; rel="next"`);
  t.strictSame((await ask('GET', `${path}/dom_1`)).body, view);
  t.match(await ask('DELETE', `${path}/dom_1`), { status: 202, body: { status: 'deleting' } });

  t.strictSame((await ask('GET', `${path}/dom_1/dns`)).body, diagnosis);
  t.strictSame(await ask('POST', `${path}/dom_1/verify`).then(({ status, body }) => ({ status, body })),
    { status: 200, body: { ...diagnosis, ok: true } });
  early = true;
  t.match(await ask('POST', `${path}/dom_1/verify`), {
    status: 429, headers: { 'retry-after': '3' }, body: { code: 'verify_too_soon', type: 'urn:anchor:problem:verify_too_soon' },
  });
});

void t.test('a domain that has to prove control, and the www of an apex', async (t) => {
  const view: DomainView = {
    ...DOMAIN_EXAMPLE, domain: 'example.com' as Hostname, status: 'pending_ownership', dnsValidation: null,
    ownershipChallenge: {
      reason: 'held', message: 'Add it.', recordType: 'TXT', recordName: '_anchor-challenge.example.com', recordValue: 'abc', endsAt: 7,
    },
    pair: { domain: 'www.example.com', role: 'apex', state: 'refused', domainId: null, message: 'It is taken.' },
  };
  const asked: unknown[] = [];
  const { ask } = await httpWorld(t, { addDomain: async (_projectId, input) => {
    asked.push(input);
    return { created: true, domain: view };
  } });
  const path = '/projects/prj_1/domains';
  const body = { domain: 'example.com', takeOver: true, www: 'also' };
  const answer = await ask('POST', path, body);
  t.strictSame(answer.body, view, 'nothing is left out');
  t.equal(answer.status, 201);
  t.same(asked, [body]);
  for (const [wrong, field] of [[{ takeOver: 'yes' }, 'body/takeOver'], [{ www: 'both' }, 'body/www']] as const) {
    t.match(await ask('POST', path, { domain: 'example.com', ...wrong }),
      { status: 400, body: { code: 'invalid_request', errors: [{ field }] } });
  }
  t.equal(asked.length, 1);
});

void t.test('health', async (t) => {
  const { app } = await httpWorld(t);
  const { app: broken } = await httpWorld(t, { ready: false });
  t.strictSame((await app.inject('/healthz')).json(), { status: 'ok' }, 'asks nobody who they are');
  t.strictSame((await app.inject('/readyz')).json(), { ready: true, checks: { store: 'ok', worker: 'ok' } });
  const answer = await broken.inject('/readyz');
  t.equal(answer.statusCode, 503);
  t.equal(answer.headers['content-type'], 'application/problem+json');
  t.match(answer.json(), {
    code: 'not_ready', detail: 'store: the disk is full.', ready: false,
    checks: { store: 'the disk is full', worker: 'ok' },
  });
});
