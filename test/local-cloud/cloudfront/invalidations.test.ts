import {
  CreateInvalidationCommand, DeleteDistributionCommand, GetDistributionCommand, GetInvalidationCommand,
  ListInvalidationsCommand,
} from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { create, embeddedCloudFront, read, refusal, update } from './cloudfront-fixture.ts';

async function distributionToInvalidate() {
  const cloud = embeddedCloudFront();
  const { Id: DistributionId } = await create(cloud);
  const invalidate = (CallerReference: string, ...Items: string[]) => cloud.client.send(new CreateInvalidationCommand({
    DistributionId, InvalidationBatch: { CallerReference, Paths: { Quantity: Items.length, Items } },
  }));
  return { cloud, DistributionId, invalidate };
}

void t.test('an invalidation is InProgress for a while, then Completed', async (t) => {
  const { cloud, DistributionId, invalidate } = await distributionToInvalidate();
  const { Invalidation: made, Location } = await invalidate('one', '/b', '/a*');
  t.match(made, { Id: /^I[A-Z0-9]{13}$/, Status: 'InProgress', CreateTime: new Date(cloud.clock.ms) });
  t.match(made?.InvalidationBatch, { CallerReference: 'one', Paths: { Quantity: 2, Items: ['/b', '/a*'] } });
  t.equal(Location,
    `https://cloudfront.amazonaws.com/2020-05-31/distribution/${DistributionId}/invalidation/${made?.Id}`);
  const get = (Id = made?.Id) => cloud.client.send(new GetInvalidationCommand({ DistributionId, Id }));
  const inProgress = async () =>
    (await cloud.client.send(new GetDistributionCommand({ Id: DistributionId })))
      .Distribution?.InProgressInvalidationBatches;

  t.equal(await inProgress(), 1);
  cloud.clock.ms += 1_000;
  cloud.restart();
  t.match(await get(), { Invalidation: { ...made, Status: 'Completed' } });
  t.equal(await inProgress(), 0);
  await t.rejects(get('I0'), refusal('NoSuchInvalidation', 404));
});

void t.test('the same caller reference answers the batch that exists, and none with other paths', async (t) => {
  const { cloud, DistributionId, invalidate } = await distributionToInvalidate();
  const first = await invalidate('one', '/a', '/b');
  cloud.clock.ms += 5_000;
  t.equal((await invalidate('one', '/b', '/a')).Invalidation?.Id, first.Invalidation?.Id);
  await t.rejects(invalidate('one', '/a'), refusal('InvalidationBatchAlreadyExists', 409));

  const second = await invalidate('two', '/a');
  const list = await cloud.client.send(new ListInvalidationsCommand({ DistributionId, MaxItems: 1 }));
  t.match(list.InvalidationList, { Quantity: 1, IsTruncated: true, Items: [{ Id: second.Invalidation?.Id }] },
    'newest first');
});

void t.test('paths and their number have bounds', async (t) => {
  const { cloud, DistributionId, invalidate } = await distributionToInvalidate();
  for (const path of ['a', '/a*b', '/a b', '']) await t.rejects(invalidate('bad', path),
    refusal('InvalidArgument', 400), path);
  await t.rejects(invalidate('none'), refusal('InvalidArgument', 400));
  await t.rejects(cloud.client.send(new CreateInvalidationCommand({
    DistributionId, InvalidationBatch: { CallerReference: 'x', Paths: { Quantity: 2, Items: ['/a'] } },
  })), refusal('InconsistentQuantities', 400));
  const many = (n: number, from = 0) => Array.from({ length: n }, (_, index) => `/${from + index}`);
  await t.rejects(invalidate('huge', ...many(3_001)), refusal('BatchTooLarge', 413));
  await invalidate('large', ...many(2_000));
  await t.rejects(invalidate('too much together', ...many(1_001, 2_000)),
    refusal('TooManyInvalidationsInProgress', 400));

  await t.test('fifteen wildcards may be in progress', async (t) => {
    for (let n = 0; n < 15; n += 1) await invalidate(`wildcard ${n}`, '/*');
    await t.rejects(invalidate('one more', '/x/*'), refusal('TooManyInvalidationsInProgress', 400));
    await t.resolves(invalidate('wildcard 3', '/*'), 'a repetition is none more');
    cloud.clock.ms += 1_000;
    await t.resolves(invalidate('one more', '/x/*'));
  });
});

void t.test('invalidations go with their distribution', async (t) => {
  const { cloud, DistributionId, invalidate } = await distributionToInvalidate();
  const { Invalidation: made } = await invalidate('one', '/a');
  await update(cloud, DistributionId, { Enabled: false });
  cloud.clock.ms += 1_000;
  await cloud.client.send(new DeleteDistributionCommand({ Id: DistributionId,
    IfMatch: (await read(cloud, DistributionId)).etag }));
  cloud.restart();
  t.same(cloud.state.invalidations.list(DistributionId), []);
  await t.rejects(cloud.client.send(new GetInvalidationCommand({ DistributionId, Id: made?.Id })),
    refusal('NoSuchDistribution', 404));
});
