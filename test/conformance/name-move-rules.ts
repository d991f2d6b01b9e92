import {
  AssociateAliasCommand, ListConflictingAliasesCommand, ListDomainConflictsCommand, UpdateDomainAssociationCommand,
} from '@aws-sdk/client-cloudfront';
import { issued, wildcard } from './certificate-site.ts';
import { aliased, current, deployed, distribution, updated } from './distribution-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';
import { tenant } from './tenant-site.ts';

const NOBODY = 'E00000000000';

/** A distribution that has the site's name, and one whose certificate covers it. */
async function two(world: World) {
  const certificate = await wildcard(world);
  const source = await distribution(world, {
    CallerReference: `${world.id}-source`, ...aliased(certificate, world.site),
  });
  return { source, target: await target(world) };
}

async function target(world: World) {
  const { ViewerCertificate } = aliased(await wildcard(world));
  return distribution(world, { CallerReference: `${world.id}-target`, ...ViewerCertificate && { ViewerCertificate } });
}

function prove({ publish, site }: World, { DomainName }: { DomainName: string }): void {
  publish({ name: `_${site}`, type: 'TXT', value: DomainName });
}

async function disable(world: World, Id: string): Promise<void> {
  await updated(world, Id, { Enabled: false });
  await deployed(world, Id);
}

function conflicts({ cloudFront, site: Domain }: World, DistributionId: string, more: { MaxItems?: number } = {}) {
  const DomainControlValidationResource = { DistributionId };
  return cloudFront.send(new ListDomainConflictsCommand({ Domain, DomainControlValidationResource, ...more }));
}

function moved({ cloudFront, site: Domain }: World, DistributionId: string, more: { IfMatch?: string } = {}) {
  return cloudFront.send(new UpdateDomainAssociationCommand({ Domain, TargetResource: { DistributionId }, ...more }));
}

function associated({ cloudFront, site: Alias }: World, TargetDistributionId: string) {
  return cloudFront.send(new AssociateAliasCommand({ Alias, TargetDistributionId }));
}

async function whose(world: World, { source, target: to }: Awaited<ReturnType<typeof two>>): Promise<string> {
  const has = async (Id: string) => (await current(world, Id)).aliases.includes(world.site);
  return [await has(source.Id) && 'source', await has(to.Id) && 'target'].filter(Boolean).join(' and ') || 'nobody';
}

export const NAME_MOVE_RULES: Chapter = { title: 'CloudFront moves of a name', service: 'cloudfront', rules: [
  {
    name: 'conflicts-none', says: 'Nobody has the name.',
    operation: 'ListDomainConflicts', expected: '0',
    probe: async (world) => {
      const { Id } = await target(world);
      return answerTo(conflicts(world, Id), ({ DomainConflicts = [] }) => `${DomainConflicts.length}`);
    },
  },
  {
    name: 'conflicts-held', says: 'Who has the name is told, partly hidden.',
    operation: 'ListDomainConflicts', expected: 'distribution, partly hidden', document: 'moving names',
    probe: async (world) => {
      const { source, target: { Id } } = await two(world);
      return answerTo(conflicts(world, Id), ({ DomainConflicts: all }) => {
        const found = all?.[0];
        const end = found?.ResourceId?.replace(/^\*+/, '') ?? '';
        const hidden = end !== source.Id && end !== '' && source.Id.endsWith(end);
        return `${found?.ResourceType}, ${hidden ? 'partly hidden' : found?.ResourceId}`;
      });
    },
  },
  {
    name: 'conflicts-wildcard', says: 'A wildcard over the name is told too.',
    operation: 'ListDomainConflicts', expected: 'the wildcard',
    probe: async (world) => {
      const own = `www.${world.site}`;
      const certificate = await issued(world, own, `*.${world.site}`);
      const of = (part: string, ...names: string[]) =>
        distribution(world, { CallerReference: `${world.id}-${part}`, ...aliased(certificate, ...names) });
      await of('wide', `*.${world.site}`);
      const { Id } = await of('own', own);
      return answerTo(conflicts({ ...world, site: own }, Id), ({ DomainConflicts = [] }) =>
        (DomainConflicts.some(({ Domain }) => Domain === `*.${world.site}`) ? 'the wildcard' : 'nothing'));
    },
  },
  {
    name: 'conflicts-not-covered', says: 'Only a distribution whose certificate covers the name may ask.',
    operation: 'ListDomainConflicts', expected: 'InvalidArgument 400', document: 'moving names',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(conflicts(world, Id));
    },
  },
  {
    name: 'conflicts-missing', says: 'A distribution that is not there may not ask.',
    operation: 'ListDomainConflicts', expected: 'EntityNotFound 404',
    probe: (world) => answerTo(conflicts(world, NOBODY)),
  },
  {
    name: 'aliases-held', says: 'The older list tells of distributions alone.',
    operation: 'ListConflictingAliases', expected: 'the name',
    probe: async (world) => {
      const { target: { Id } } = await two(world);
      const command = new ListConflictingAliasesCommand({ DistributionId: Id, Alias: world.site });
      return answerTo(world.cloudFront.send(command), ({ ConflictingAliasesList: { Items = [] } = {} }) =>
        (Items.some(({ Alias }) => Alias === world.site) ? 'the name' : 'nothing'));
    },
  },
  {
    name: 'move-disabled', says: 'A name moves from a source that is disabled.',
    operation: 'UpdateDomainAssociation', expected: 'target has it',
    probe: async (world) => {
      const both = await two(world);
      prove(world, both.target);
      await disable(world, both.source.Id);
      const { etag } = await current(world, both.target.Id);
      await moved(world, both.target.Id, { IfMatch: etag });
      return `${await whose(world, both)} has it`;
    },
  },
  {
    name: 'move-enabled', says: 'From a source that is enabled it does not move.',
    operation: 'UpdateDomainAssociation', expected: 'IllegalUpdate 400',
    probe: async (world) => {
      const { target: to } = await two(world);
      prove(world, to);
      return answerTo(moved(world, to.Id));
    },
  },
  {
    name: 'move-no-proof', says: 'Without the TXT record it does not move.',
    operation: 'UpdateDomainAssociation', expected: 'IllegalUpdate 400', document: 'moving names',
    probe: async (world) => {
      const { source, target: to } = await two(world);
      await disable(world, source.Id);
      return answerTo(moved(world, to.Id));
    },
  },
  {
    name: 'move-not-covered', says: 'To a distribution whose certificate does not cover it, it does not move.',
    operation: 'UpdateDomainAssociation', expected: 'IllegalUpdate 400', document: 'moving names',
    probe: async (world) => {
      const to = await distribution(world);
      prove(world, to);
      return answerTo(moved(world, to.Id));
    },
  },
  {
    name: 'move-stale', says: 'With an old ETag of the target it does not move.',
    operation: 'UpdateDomainAssociation', expected: 'PreconditionFailed 412',
    probe: async (world) => {
      const to = await target(world);
      prove(world, to);
      await updated(world, to.Id, { Comment: 'changed' });
      return answerTo(moved(world, to.Id, { IfMatch: to.ETag }));
    },
  },
  {
    name: 'move-missing', says: 'To a distribution that is not there it does not move.',
    operation: 'UpdateDomainAssociation', expected: 'EntityNotFound 404',
    probe: (world) => answerTo(moved(world, NOBODY)),
  },
  {
    name: 'associate-enabled', says: 'The older operation takes a name from a source of the account that is enabled.',
    operation: 'AssociateAlias', expected: 'target has it', document: 'moving names',
    probe: async (world) => {
      const both = await two(world);
      prove(world, both.target);
      await associated(world, both.target.Id);
      return `${await whose(world, both)} has it`;
    },
  },
  {
    name: 'associate-no-proof', says: 'Without the TXT record it does not.',
    operation: 'AssociateAlias', expected: 'IllegalUpdate 400', document: 'moving names',
    probe: async (world) => {
      const { target: to } = await two(world);
      return answerTo(associated(world, to.Id));
    },
  },
  {
    name: 'associate-missing', says: 'For a distribution that is not there it does not.',
    operation: 'AssociateAlias', expected: 'NoSuchDistribution 404',
    probe: (world) => answerTo(associated(world, NOBODY)),
  },
  {
    name: 'associate-tenant', says: 'From a distribution tenant it does not.',
    operation: 'AssociateAlias', expected: 'IllegalUpdate 400',
    probe: async (world) => {
      await tenant(world);
      const to = await target(world);
      prove(world, to);
      return answerTo(associated(world, to.Id));
    },
  },
] };
