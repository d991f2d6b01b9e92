import {
  CreateConnectionGroupCommand, DeleteConnectionGroupCommand, GetConnectionGroupByRoutingEndpointCommand,
  GetConnectionGroupCommand, ListConnectionGroupsCommand, ListTagsForResourceCommand, TagResourceCommand,
  UpdateConnectionGroupCommand, paginateListConnectionGroups,
} from '@aws-sdk/client-cloudfront';
import type { CreateConnectionGroupRequest, UpdateConnectionGroupRequest } from '@aws-sdk/client-cloudfront';
import t from 'tap';
import { embeddedCloudFront, refusal } from './cloudfront-fixture.ts';
import type { EmbeddedCloudFront } from './cloudfront-fixture.ts';
import { createTenant, DEPLOY_MS, embeddedTenants, updateTenant } from './tenant-fixture.ts';

async function createGroup({ client }: EmbeddedCloudFront, more: Partial<CreateConnectionGroupRequest> = {}) {
  const command = new CreateConnectionGroupCommand({ Name: 'one', ...more });
  const { ConnectionGroup: group, ETag } = await client.send(command);
  if (!group?.Id || !group.RoutingEndpoint || !ETag) throw new Error('no group was answered');
  return { ...group, Id: group.Id, RoutingEndpoint: group.RoutingEndpoint, ETag };
}

function update({ client }: EmbeddedCloudFront, request: Partial<UpdateConnectionGroupRequest> & { Id: string }) {
  return client.send(new UpdateConnectionGroupCommand({ IfMatch: undefined, ...request }));
}

void t.test('a connection group has a routing endpoint and is found by id, name, ARN and endpoint', async (t) => {
  const cloud = embeddedCloudFront();
  const group = await createGroup(cloud, { Tags: { Items: [{ Key: 'a', Value: '1' }] } });
  const { Id, Arn, RoutingEndpoint, ETag } = group;
  t.match(group, {
    Id: /^cg_[A-Za-z0-9]{27}$/, Arn: `arn:aws:cloudfront::123456789012:connection-group/${Id}`, Name: 'one',
    RoutingEndpoint: /^d[a-z0-9]{13}\.cloudfront\.net$/, CreatedTime: new Date(cloud.clock.ms), Ipv6Enabled: true,
    Enabled: true, IsDefault: false, Status: 'InProgress', Tags: { Items: [{ Key: 'a', Value: '1' }] },
  });
  cloud.clock.ms += DEPLOY_MS;
  cloud.restart();
  const { ETag: _, ...made } = group;
  const expected = { ...made, Status: 'Deployed' };
  for (const Identifier of [Id, 'one', Arn]) {
    const found = await cloud.client.send(new GetConnectionGroupCommand({ Identifier }));
    t.match(found, { ConnectionGroup: expected, ETag }, `by ${Identifier}`);
  }
  const byEndpoint = (endpoint: string) =>
    cloud.client.send(new GetConnectionGroupByRoutingEndpointCommand({ RoutingEndpoint: endpoint }));
  t.match(await byEndpoint(RoutingEndpoint), { ConnectionGroup: expected, ETag });
  await t.rejects(byEndpoint('d0.cloudfront.net'), refusal('EntityNotFound', 404));
  await t.rejects(cloud.client.send(new GetConnectionGroupCommand({ Identifier: 'two' })),
    refusal('EntityNotFound', 404));

  await t.rejects(createGroup(cloud), refusal('EntityAlreadyExists', 409));
  await t.rejects(createGroup(cloud, { Name: '' }), refusal('InvalidArgument', 400));
  await t.rejects(createGroup(cloud, { Name: undefined, Enabled: true }), refusal('MalformedXML', 400));
  await t.rejects(createGroup(cloud, { Name: 'two', AnycastIpListId: 'aip_1' }), refusal('EntityNotFound', 404));
  await t.rejects(createGroup(cloud, { Name: 'two', Tags: { Items: [{ Key: 'aws:x', Value: '' }] } }),
    refusal('InvalidTagging', 400));

  await cloud.client.send(new TagResourceCommand({ Resource: Arn, Tags: { Items: [{ Key: 'b', Value: '2' }] } }));
  const { Tags } = await cloud.client.send(new ListTagsForResourceCommand({ Resource: Arn }));
  t.same(Tags?.Items, [{ Key: 'a', Value: '1' }, { Key: 'b', Value: '2' }]);
});

void t.test('an update needs the ETag, keeps what it does not name and takes its time', async (t) => {
  const cloud = embeddedCloudFront();
  const { Id, ETag } = await createGroup(cloud);
  cloud.clock.ms += DEPLOY_MS;
  await t.rejects(update(cloud, { Id, Enabled: false }), refusal('InvalidIfMatchVersion', 400));
  await t.rejects(update(cloud, { Id, IfMatch: 'E0000000000000' }), refusal('PreconditionFailed', 412));
  await t.rejects(update(cloud, { Id: 'cg_0', IfMatch: ETag }), refusal('EntityNotFound', 404));
  const first = await update(cloud, { Id, IfMatch: ETag, Ipv6Enabled: false });
  t.match(first.ConnectionGroup, { Enabled: true, Ipv6Enabled: false, Status: 'InProgress' });
  const second = await update(cloud, { Id, IfMatch: first.ETag, Enabled: false });
  t.match(second.ConnectionGroup, { Enabled: false, Ipv6Enabled: false });
  await t.rejects(update(cloud, { Id, IfMatch: second.ETag, AnycastIpListId: 'x' }), refusal('EntityNotFound', 404));
});

void t.test('deletion needs the ETag, no tenant, a disabled group and its last change deployed', async (t) => {
  const world = await embeddedTenants();
  const { cloud } = world;
  const { Id, ETag } = await createGroup(cloud);
  const other = await createGroup(cloud, { Name: 'other' });
  const tenant = await createTenant(world, 'www.example.com', { ConnectionGroupId: Id });
  cloud.clock.ms += DEPLOY_MS;
  const remove = (IfMatch?: string) => cloud.client.send(new DeleteConnectionGroupCommand({ Id, IfMatch }));
  await t.rejects(remove(), refusal('InvalidIfMatchVersion', 400));
  await t.rejects(remove('E0000000000000'), refusal('PreconditionFailed', 412));
  await t.rejects(remove(ETag), refusal('CannotDeleteEntityWhileInUse', 409));

  t.ok(cloud.state.resolve('www.example.com'));
  const disabled = await update(cloud, { Id, IfMatch: ETag, Enabled: false });
  cloud.clock.ms += DEPLOY_MS;
  t.equal(cloud.state.resolve('www.example.com'), undefined, 'a disabled group serves none of its tenants');
  await updateTenant(cloud, tenant.Id, { ConnectionGroupId: other.Id });
  await t.rejects(remove(disabled.ETag), refusal('CannotDeleteEntityWhileInUse', 409), 'the move is not deployed');
  cloud.clock.ms += DEPLOY_MS;
  t.ok(cloud.state.resolve('www.example.com'));
  const enabled = await update(cloud, { Id, IfMatch: disabled.ETag, Enabled: true });
  await t.rejects(remove(enabled.ETag), refusal('ResourceNotDisabled', 409), 'enabled');
  const again = await update(cloud, { Id, IfMatch: enabled.ETag, Enabled: false });
  await t.rejects(remove(again.ETag), refusal('ResourceNotDisabled', 409), 'not deployed');
  cloud.clock.ms += DEPLOY_MS;
  await remove(again.ETag);
  cloud.restart();
  await t.rejects(remove(again.ETag), refusal('EntityNotFound', 404));
});

void t.test('tenants that name no group share the default one, which the first of them makes', async (t) => {
  const world = await embeddedTenants();
  const { cloud } = world;
  const listed = async () => (await cloud.client.send(new ListConnectionGroupsCommand({}))).ConnectionGroups ?? [];
  t.same(await listed(), []);
  const first = await createTenant(world, 'a.example.com');
  const second = await createTenant(world, 'b.example.com');
  t.equal(second.ConnectionGroupId, first.ConnectionGroupId);
  const [group, ...more] = await listed();
  t.same(more, []);
  t.match(group, { Id: first.ConnectionGroupId, IsDefault: true, Name: `CreatedByCloudFront-${group?.Id}`,
    Enabled: true, ETag: /^E/, Status: 'InProgress', RoutingEndpoint: String });
});

void t.test('the list comes in pages, which what happens in between does not break', async (t) => {
  const cloud = embeddedCloudFront();
  const groups = [];
  for (const Name of ['a', 'b', 'c']) groups.push(await createGroup(cloud, { Name, Enabled: false }));
  const ids = groups.map(({ Id }) => Id).sort();
  const listed: (string | undefined)[] = [];
  for await (const page of paginateListConnectionGroups({ client: cloud.client, pageSize: 2 }, {})) {
    for (const { Id } of page.ConnectionGroups ?? []) listed.push(Id);
    const [last] = groups.filter(({ Id }) => Id === page.NextMarker);
    cloud.clock.ms += DEPLOY_MS;
    if (last) await cloud.client.send(new DeleteConnectionGroupCommand({ Id: last.Id, IfMatch: last.ETag }));
  }
  t.same(listed, ids, 'although the marker\'s own group was deleted');
  const end = await cloud.client.send(new ListConnectionGroupsCommand({ Marker: 'd' }));
  t.match(end, { ConnectionGroups: { length: 0 }, NextMarker: undefined });
  await t.rejects(cloud.client.send(new ListConnectionGroupsCommand({ MaxItems: 0 })), refusal('InvalidArgument', 400));
  await t.rejects(cloud.client.send(new ListConnectionGroupsCommand({ AssociationFilter: { AnycastIpListId: 'x' } })),
    refusal('EntityNotFound', 404));
});
