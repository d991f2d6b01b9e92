import { ListInvalidationsCommand } from '@aws-sdk/client-cloudfront';
import { UpdateAliasCommand } from '@aws-sdk/client-lambda';
import t, { type Test } from 'tap';
import { createAwsClients } from '../../src/adapters/aws/aws-clients.ts';
import { type Environment, dynamoStore, startAnchor } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

interface OperationBody {
  readonly cache: { readonly state: string; readonly invalidationId: string | null };
  readonly proof: { readonly state: string; readonly liveAfterMs: number | null; readonly detail: string | null };
}

interface ProjectBody {
  readonly drift: { readonly server: { readonly expected: string; readonly found: string } | null } | null;
}

const PACE = { PROBE_INTERVAL_MS: '50', ALIAS_CHECK_MS: '200' };

/** The site is asked over HTTP, and the aliases are moved past the server, as on AWS. */
async function story(t: Test, store: Environment): Promise<void> {
  const anchor = await startAnchor(t, { ...PACE, ...store });
  const { domainName, id } = await anchor.cloud.distribution();
  const [older, newer] = await anchor.builds();
  const aws = createAwsClients({
    region: 'us-east-1', endpoint: anchor.urls.cloudUrl, connectTimeoutMs: 5_000, requestTimeoutMs: 10_000, maxAttempts: 3,
  });
  t.teardown(() => aws.destroy());
  const rollBack = (targetDeploymentId: string) => (
    anchor.read<{ operationId: string }>('POST', '/projects/test/rollback', [200], { targetDeploymentId }));
  const operation = (operationId: string) => anchor.read<OperationBody>('GET', `/projects/test/operations/${operationId}`, [200]);
  const ended = (operationId: string) => waitUntil(`${operationId} is followed up`, async () => {
    const now = await operation(operationId);
    return now.cache.state === 'pending' || now.proof.state === 'pending' ? undefined : now;
  }, { describe: () => operation(operationId) });
  const drift = (there: boolean) => waitUntil(`drift is ${there ? '' : 'not '}there`, async () => {
    const project = await anchor.read<ProjectBody>('GET', '/projects/test', [200]);
    return (project.drift !== null) === there ? project : undefined;
  });

  const probe = (jsonPath: string) => anchor.read('PATCH', '/projects/test', [200], { probe: { url: `http://${domainName}/`, jsonPath } });
  await probe('$.deploymentId');
  const first = await rollBack(older.deploymentId);
  const { cache, proof } = await ended(first.operationId);
  t.match(proof, { state: 'confirmed', liveAfterMs: Number, detail: null }, 'the site answers with the build');
  t.equal(cache.state, 'done');
  const { InvalidationList } = await aws.cloudFront.send(new ListInvalidationsCommand({ DistributionId: id }));
  t.same(InvalidationList?.Items?.map(({ Id }) => Id), [cache.invalidationId], 'and CloudFront knows the invalidation');

  await aws.lambda.send(new UpdateAliasCommand({ FunctionName: 'anchor-server', Name: 'live', FunctionVersion: '2' }));
  t.match(await drift(true), { drift: { server: { expected: '1', found: '2' } } }, 'a move by hand is found');
  await probe('$.executedVersion');
  const second = await rollBack(newer.deploymentId);
  t.equal((await drift(false)).drift, null, 'and the next switch clears it');
  t.match(await ended(second.operationId), { proof: { state: 'confirmed' }, cache: { state: 'done' } });
}

void t.test('after a switch, with the store on SQLite', async (t) => {
  await story(t, {});
});

void t.test('after a switch, with the store on DynamoDB', async (t) => {
  await story(t, await dynamoStore(t));
});
