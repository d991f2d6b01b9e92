import {
  CreateConnectionGroupCommand, DeleteConnectionGroupCommand, GetConnectionGroupCommand, ListConnectionGroupsCommand,
  UpdateConnectionGroupCommand,
} from '@aws-sdk/client-cloudfront';
import { answerTo, need } from './rule.ts';
import type { Chapter, World } from './rule.ts';
import { tenant } from './tenant-site.ts';

const NOBODY = 'cg_000000000000000000000000000';
/** The form of an ETag that nothing has. */
const OLD_ETAG = 'E1OLDETAG0000';

async function group({ cloudFront, id: Name }: World) {
  const { ConnectionGroup: made, ETag } = await cloudFront.send(new CreateConnectionGroupCommand({ Name }));
  return { Id: need(made?.Id, 'Id'), ETag: need(ETag, 'ETag'), endpoint: made?.RoutingEndpoint };
}

async function disabled({ cloudFront, until }: World, Id: string, IfMatch: string): Promise<string> {
  const { ETag } = await cloudFront.send(new UpdateConnectionGroupCommand({ Id, IfMatch, Enabled: false }));
  await until(async () => {
    const { ConnectionGroup: found } = await cloudFront.send(new GetConnectionGroupCommand({ Identifier: Id }));
    return found?.Status === 'Deployed';
  });
  return need(ETag, 'ETag');
}

export const CONNECTION_GROUP_RULES: Chapter = { title: 'CloudFront connection groups', service: 'cloudfront', rules: [
  {
    name: 'group-made', says: 'A connection group is made with a routing endpoint.',
    operation: 'CreateConnectionGroup', expected: 'a name of CloudFront\'s',
    probe: (world) => answerTo(group(world), ({ endpoint }) =>
      (endpoint?.endsWith('.cloudfront.net') ? 'a name of CloudFront\'s' : `${endpoint}`)),
  },
  {
    name: 'group-name-taken', says: 'A name that is taken is refused.',
    operation: 'CreateConnectionGroup', expected: 'EntityAlreadyExists 409',
    probe: async (world) => {
      await group(world);
      return answerTo(group(world));
    },
  },
  {
    name: 'group-by-name', says: 'A group is read by its name as by its id.',
    operation: 'GetConnectionGroup', expected: 'the same',
    probe: async (world) => {
      const { Id } = await group(world);
      return answerTo(world.cloudFront.send(new GetConnectionGroupCommand({ Identifier: world.id })),
        ({ ConnectionGroup: found }) => (found?.Id === Id ? 'the same' : 'another'));
    },
  },
  {
    name: 'group-missing', says: 'A group that is not there.',
    operation: 'GetConnectionGroup', expected: 'EntityNotFound 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(new GetConnectionGroupCommand({ Identifier: NOBODY }))),
  },
  {
    name: 'groups-listed', says: 'Groups are listed.',
    operation: 'ListConnectionGroups', expected: 'listed',
    probe: async (world) => {
      const { Id } = await group(world);
      return answerTo(world.cloudFront.send(new ListConnectionGroupsCommand({})), ({ ConnectionGroups = [] }) =>
        (ConnectionGroups.some((found) => found.Id === Id) ? 'listed' : 'not listed'));
    },
  },
  {
    name: 'group-stale', says: 'An update with an old ETag is refused.',
    operation: 'UpdateConnectionGroup', expected: 'PreconditionFailed 412',
    probe: async (world) => {
      const { Id, ETag } = await group(world);
      await disabled(world, Id, ETag);
      return answerTo(world.cloudFront.send(new UpdateConnectionGroupCommand({ Id, IfMatch: ETag, Enabled: true })));
    },
  },
  {
    name: 'group-update-missing', says: 'A group that is not there is not updated.',
    operation: 'UpdateConnectionGroup', expected: 'EntityNotFound 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(
      new UpdateConnectionGroupCommand({ Id: NOBODY, IfMatch: OLD_ETAG, Enabled: true }))),
  },
  {
    name: 'group-delete-enabled', says: 'A group that is enabled is not deleted.',
    operation: 'DeleteConnectionGroup', expected: 'ResourceNotDisabled 409',
    probe: async (world) => {
      const { Id, ETag } = await group(world);
      return answerTo(world.cloudFront.send(new DeleteConnectionGroupCommand({ Id, IfMatch: ETag })));
    },
  },
  {
    name: 'group-delete-used', says: 'A group that a tenant uses is not deleted.',
    operation: 'DeleteConnectionGroup', expected: 'CannotDeleteEntityWhileInUse 409',
    probe: async (world) => {
      const { Id, ETag } = await group(world);
      await tenant(world, { ConnectionGroupId: Id });
      const IfMatch = await disabled(world, Id, ETag);
      return answerTo(world.cloudFront.send(new DeleteConnectionGroupCommand({ Id, IfMatch })));
    },
  },
  {
    name: 'group-deleted', says: 'One that is disabled and deployed is deleted, and then not there.',
    operation: 'DeleteConnectionGroup', expected: 'EntityNotFound 404',
    probe: async (world) => {
      const { Id, ETag } = await group(world);
      const IfMatch = await disabled(world, Id, ETag);
      const remove = () => world.cloudFront.send(new DeleteConnectionGroupCommand({ Id, IfMatch }));
      await remove();
      return answerTo(remove());
    },
  },
] };
