import t from 'tap';
import { loadConfig } from '../../src/config.ts';
import { startDemoCloud } from '../../src/local-cloud/demo-cloud.ts';
import { EventReader } from '../support/event-reader.ts';
import { QUICK, dynamoStore, startAnchor } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

const [OLDER, NEWER] = ['dep_older', 'dep_newer'] as const;

void t.test('two servers on one cloud and one DynamoDB', async (t) => {
  const { localCloud } = loadConfig(QUICK);
  const cloud = await startDemoCloud(localCloud, { deploymentIds: [OLDER, NEWER], aliasName: 'live' });
  t.teardown(() => cloud.close());
  const environment = {
    ...await dynamoStore(t), AWS_ENDPOINT_URL: cloud.cloudUrl, DNS_SERVERS: `127.0.0.1:${cloud.dnsPort}`,
    DATA_DIR: t.testdir(),
  };
  const first = await startAnchor(t, environment, cloud);
  const second = await startAnchor(t, environment, cloud);
  const events = '/projects/test/events';
  const before = await EventReader.open(first.urls.url + events, '0');

  await t.test('both know the demo and what either is told', async (t) => {
    const projectsOf = async (anchor: typeof first) => anchor.read<{ projectId: string; name: string }[]>('GET', '/projects', [200]);
    t.same((await projectsOf(first)).map(({ projectId }) => projectId), ['test']);
    const { projectId } = await second.read<{ projectId: string }>('POST', '/projects', [201], { name: 'Another site' });
    t.same((await projectsOf(first)).map((project) => project.projectId).sort(), [projectId, 'test'].sort());
    t.same(await projectsOf(first), await projectsOf(second));
  });

  await t.test('a rollback at one is seen at the other', async (t) => {
    await first.rollBack(OLDER);
    t.equal(await second.cloud.aliasVersion('anchor-server'), '1');
    t.match((await second.deployments()).filter(({ isRollback }) => isRollback), [{ rollbackTo: OLDER }]);
    await second.rollBack(NEWER);
    t.equal(await first.cloud.aliasVersion('anchor-server'), '2');
  });

  const skip = process.env['DYNAMODB_NO_RACES_BECAUSE'] ?? false;
  await t.test('a name is held once in the whole installation', { skip }, async (t) => {
    const [project] = await first.read<{ projectId: string }[]>('GET', '/projects', [200]);
    const other = `/projects/${project?.projectId ?? ''}`;
    await first.read('PATCH', other, [200], { ...await distributionOf(first) });
    const claims = await Promise.all([first, second].flatMap((anchor) => [
      anchor.ask('POST', '/projects/test/domains', { domain: 'held.example.com' }),
      anchor.ask('POST', `${other}/domains`, { domain: 'held.example.com' }),
    ]));
    const statuses = claims.map(({ status }) => status).sort();
    t.same(statuses, [200, 201, 409, 409], claims.map(({ text }) => text).join('\n'));
  });

  await t.test('what one began the other brings to its end', async (t) => {
    const added = await first.addDomain('www.example.org');
    // It ends the streams that it has open.
    await Promise.all([first.close(), before.ended]);
    await second.setRecord(added);
    t.match(await second.untilActive(added), { status: 'active' });
    t.match(await second.visit('www.example.org'), { status: 200, version: '2' });
  });

  await t.test('a stream that goes on at the other has missed and repeated nothing', async (t) => {
    const after = await EventReader.open(second.urls.url + events, before.lastEventId);
    const told = () => [...before.events, ...after.events];
    await waitUntil('the last change is told', async () => told().find(({ type, data: { data } }) => (
      type === 'domain.status_changed' && data['to'] === 'active')));
    after.close();
    const listed = await second.read<{ id: string }[]>('GET', `${events}?limit=100`, [200]);
    t.same(told().map(({ id }) => id), listed.map(({ id }) => id).reverse());
    t.same(told().map(({ id }) => Number(id)), told().map((_, index) => index + 1));
    t.equal(told().filter(({ type }) => type === 'operation.succeeded').length, 2);
  });
});

async function distributionOf(anchor: Awaited<ReturnType<typeof startAnchor>>) {
  const { id, domainName } = await anchor.cloud.distribution();
  return { distributionId: id, distributionDomain: domainName };
}
