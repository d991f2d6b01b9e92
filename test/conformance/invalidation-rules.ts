import { CreateInvalidationCommand } from '@aws-sdk/client-cloudfront';
import { distribution } from './distribution-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';

function invalidate({ cloudFront }: World, DistributionId: string, callerReference: string, ...paths: string[]) {
  return cloudFront.send(new CreateInvalidationCommand({
    DistributionId,
    InvalidationBatch: { CallerReference: callerReference, Paths: { Quantity: paths.length, Items: paths } },
  }));
}

export const INVALIDATION_RULES: Chapter = { title: 'CloudFront invalidations', service: 'cloudfront', rules: [
  {
    name: 'invalidation-made', says: 'An invalidation has an id and is InProgress at first.',
    operation: 'CreateInvalidation', expected: 'InProgress, with an id',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(invalidate(world, Id, 'one', '/*'), ({ Invalidation: made }) =>
        `${made?.Status}, with${made?.Id ? ' an' : 'out'} id`);
    },
  },
  {
    name: 'invalidation-again', says: 'The same caller reference with the same paths answers the batch that is there.',
    operation: 'CreateInvalidation', expected: 'the same batch', document: 'invalidation batch',
    probe: async (world) => {
      const { Id } = await distribution(world);
      const first = await invalidate(world, Id, 'one', '/*');
      return answerTo(invalidate(world, Id, 'one', '/*'), ({ Invalidation: made }) =>
        `${made?.Id === first.Invalidation?.Id ? 'the same' : 'another'} batch`);
    },
  },
  {
    name: 'invalidation-other-paths', says: 'The same caller reference with other paths is refused.',
    operation: 'CreateInvalidation', expected: 'InvalidationBatchAlreadyExists 409', document: 'invalidation batch',
    probe: async (world) => {
      const { Id } = await distribution(world);
      await invalidate(world, Id, 'one', '/*');
      return answerTo(invalidate(world, Id, 'one', '/other'));
    },
  },
  {
    name: 'invalidation-missing', says: 'A distribution that is not there has nothing to invalidate.',
    operation: 'CreateInvalidation', expected: 'NoSuchDistribution 404',
    probe: (world) => answerTo(invalidate(world, 'E00000000000', 'one', '/*')),
  },
  {
    name: 'invalidation-path', says: 'A path begins with a slash.',
    operation: 'CreateInvalidation', expected: 'InvalidArgument 400', document: 'invalidating files',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(invalidate(world, Id, 'one', 'no slash'));
    },
  },
  {
    name: 'invalidation-quantities', says: 'A quantity that is not that of its paths is refused.',
    operation: 'CreateInvalidation', expected: 'InconsistentQuantities 400',
    probe: async (world) => {
      const { Id: DistributionId } = await distribution(world);
      return answerTo(world.cloudFront.send(new CreateInvalidationCommand({
        DistributionId, InvalidationBatch: { CallerReference: 'one', Paths: { Quantity: 2, Items: ['/*'] } },
      })));
    },
  },
  {
    name: 'invalidation-sixteenth', says: 'Fifteen invalidations with a wildcard are in progress at once.',
    operation: 'CreateInvalidation', expected: 'TooManyInvalidationsInProgress 400', document: 'cloudfront quotas',
    probe: async (world) => {
      const { Id } = await distribution(world);
      for (let made = 0; made < 15; made++) await invalidate(world, Id, `r${made}`, '/*');
      return answerTo(invalidate(world, Id, 'r15', '/*'));
    },
  },
] };
