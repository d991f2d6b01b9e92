import {
  CreateDistributionCommand, DeleteDistributionCommand, GetDistributionCommand, ListTagsForResourceCommand,
  UpdateDistributionCommand,
} from '@aws-sdk/client-cloudfront';
import type { DistributionConfig } from '@aws-sdk/client-cloudfront';
import { BEHAVIOR, config, current, deployed, distribution, updated } from './distribution-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';

const NOBODY = 'E00000000000';
/** The form of an ETag that nothing has. */
const OLD_ETAG = 'E1OLDETAG0000';
const HEADERS_POLICY = '67f7725c-6f97-4210-82d7-5512b31e9d03';

/** The whole configuration is sent with another ETag, or none. */
async function sent(world: World, Id: string, ifMatch: string | undefined, change: Partial<DistributionConfig> = {}) {
  const { config: before } = await current(world, Id);
  const command = new UpdateDistributionCommand({ Id, IfMatch: ifMatch, DistributionConfig: { ...before, ...change } });
  return world.cloudFront.send(command);
}

export const DISTRIBUTION_RULES: Chapter = { title: 'CloudFront distributions', service: 'cloudfront', rules: [
  {
    name: 'distribution-read', says: 'A distribution is read with an ETag, its domain name and its configuration.',
    operation: 'GetDistribution', expected: 'all three',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(world.cloudFront.send(new GetDistributionCommand({ Id })), ({ ETag, Distribution: found }) =>
        (ETag && found?.DomainName && found.DistributionConfig ? 'all three' : 'not all'));
    },
  },
  {
    name: 'distribution-missing', says: 'A distribution that is not there.',
    operation: 'GetDistribution', expected: 'NoSuchDistribution 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(new GetDistributionCommand({ Id: NOBODY }))),
  },
  {
    name: 'distribution-deploys', says: 'A change is InProgress, and Deployed some time later.',
    operation: 'GetDistribution', expected: 'InProgress, then Deployed',
    probe: async (world) => {
      const { Id } = await distribution(world);
      await deployed(world, Id);
      const { Distribution: changed } = await updated(world, Id, { Comment: 'changed' });
      return `${changed?.Status}, then ${await deployed(world, Id) ? 'Deployed' : 'never Deployed'}`;
    },
  },
  {
    name: 'reference-again', says: 'A second distribution does not have the caller reference of another.',
    operation: 'CreateDistribution', expected: 'DistributionAlreadyExists 409',
    probe: async (world) => {
      await distribution(world);
      const command = new CreateDistributionCommand({ DistributionConfig: config(world, { Comment: 'another' }) });
      return answerTo(world.cloudFront.send(command));
    },
  },
  {
    name: 'update-etag', says: 'An update answers a new ETag, which is the one that is read next.',
    operation: 'UpdateDistribution', expected: 'a new one, read next',
    probe: async (world) => {
      const { Id, ETag: before } = await distribution(world);
      const { ETag } = await updated(world, Id, { Comment: 'changed' });
      const isNext = (await current(world, Id)).etag === ETag;
      return `${ETag === before ? 'the old one' : 'a new one'}, ${isNext ? '' : 'not '}read next`;
    },
  },
  {
    name: 'update-no-etag', says: 'An update without If-Match is refused.',
    operation: 'UpdateDistribution', expected: 'InvalidIfMatchVersion 400',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(sent(world, Id, undefined));
    },
  },
  {
    name: 'update-stale', says: 'An update with the ETag of before somebody else\'s change is refused.',
    operation: 'UpdateDistribution', expected: 'PreconditionFailed 412',
    probe: async (world) => {
      const { Id, ETag } = await distribution(world);
      await updated(world, Id, { Comment: 'changed' });
      return answerTo(sent(world, Id, ETag));
    },
  },
  {
    name: 'update-missing', says: 'A distribution that is not there is not updated.',
    operation: 'UpdateDistribution', expected: 'NoSuchDistribution 404',
    probe: (world) => answerTo(world.cloudFront.send(new UpdateDistributionCommand({
      Id: NOBODY, IfMatch: OLD_ETAG, DistributionConfig: config(world),
    }))),
  },
  {
    name: 'update-in-progress', says: 'A change is taken while another is not deployed yet.',
    operation: 'UpdateDistribution', expected: 'ok',
    probe: async (world) => {
      const { Id } = await distribution(world);
      await updated(world, Id, { Comment: 'one' });
      return answerTo(updated(world, Id, { Comment: 'two' }));
    },
  },
  {
    name: 'update-replaces', says: 'An update replaces the whole configuration: what is left out is gone.',
    operation: 'UpdateDistribution', expected: 'gone',
    probe: async (world) => {
      const { Id } = await distribution(world, {
        DefaultCacheBehavior: { ...BEHAVIOR, ResponseHeadersPolicyId: HEADERS_POLICY },
      });
      const before = await current(world, Id);
      if (before.config.DefaultCacheBehavior?.ResponseHeadersPolicyId === undefined) return 'never kept';
      const { ResponseHeadersPolicyId: _, ...left } = before.config.DefaultCacheBehavior;
      await updated(world, Id, { DefaultCacheBehavior: left });
      const after = await current(world, Id);
      return after.config.DefaultCacheBehavior?.ResponseHeadersPolicyId === undefined ? 'gone' : 'still there';
    },
  },
  {
    name: 'update-sent-back', says: 'What was read can be sent back as it is, and reads the same.',
    operation: 'UpdateDistribution', expected: 'the same',
    probe: async (world) => {
      const { Id } = await distribution(world);
      const before = await current(world, Id);
      await updated(world, Id, {});
      const after = await current(world, Id);
      return JSON.stringify(before.config) === JSON.stringify(after.config) ? 'the same' : 'changed';
    },
  },
  {
    name: 'update-reference', says: 'The caller reference of a distribution does not change.',
    operation: 'UpdateDistribution', expected: 'IllegalUpdate 400',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(updated(world, Id, { CallerReference: `${world.id}-other` }));
    },
  },
  {
    name: 'update-quantities', says: 'A quantity that is not that of its items is refused.',
    operation: 'UpdateDistribution', expected: 'InconsistentQuantities 400',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(updated(world, Id, { Aliases: { Quantity: 2, Items: [world.site] } }));
    },
  },
  {
    name: 'tags-of-nothing', says: 'A distribution that is not there has no tags.',
    operation: 'ListTagsForResource', expected: 'NoSuchResource 404',
    probe: ({ cloudFront }) => answerTo(cloudFront.send(new ListTagsForResourceCommand({
      Resource: `arn:aws:cloudfront::123456789012:distribution/${NOBODY}`,
    }))),
  },
  {
    name: 'delete-enabled', says: 'A distribution that is enabled is not deleted.',
    operation: 'DeleteDistribution', expected: 'DistributionNotDisabled 409',
    probe: async (world) => {
      const { Id } = await distribution(world);
      const { etag } = await current(world, Id);
      return answerTo(world.cloudFront.send(new DeleteDistributionCommand({ Id, IfMatch: etag })));
    },
  },
] };
