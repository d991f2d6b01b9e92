import { issued, requested, wildcard } from './certificate-site.ts';
import { aliased, current, deployed, distribution, unaliased, updated } from './distribution-site.ts';
import { answerTo } from './rule.ts';
import type { Chapter, World } from './rule.ts';

const REFUSED = 'InvalidViewerCertificate 400';

/** What adding names to a distribution that has none is answered. */
async function adding(world: World, certificateArn: string, ...names: readonly string[]): Promise<string> {
  const { Id } = await distribution(world);
  return answerTo(updated(world, Id, aliased(certificateArn, ...names)));
}

export const ALTERNATE_NAME_RULES: Chapter = { title: 'CloudFront alternate names', service: 'cloudfront', rules: [
  {
    name: 'name-covered', says: 'A name is taken with an issued certificate that has it.',
    operation: 'UpdateDistribution', expected: 'ok',
    probe: async (world) => adding(world, await issued(world, world.site), world.site),
  },
  {
    name: 'name-by-wildcard', says: 'A wildcard certificate covers a name one level below.',
    operation: 'UpdateDistribution', expected: 'ok', document: 'alternate names',
    probe: async (world) => adding(world, await wildcard(world), world.site),
  },
  {
    name: 'name-two-levels', says: 'A wildcard certificate covers no name two levels below.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'alternate names',
    probe: async (world) => adding(world, await wildcard(world), `www.${world.site}`),
  },
  {
    name: 'name-apex', says: 'A wildcard certificate does not cover the apex.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'alternate names',
    probe: async (world) => adding(world, await wildcard(world), 'example.com'),
  },
  {
    name: 'name-not-covered', says: 'The certificate has to cover every name of the distribution.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'alternate names',
    probe: async (world) => adding(world, await issued(world, world.site), world.site, `www.${world.site}`),
  },
  {
    name: 'name-bare', says: 'A name is not taken under CloudFront\'s own certificate.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'alternate names',
    probe: async (world) => {
      const { Id } = await distribution(world);
      return answerTo(updated(world, Id, { ...unaliased, Aliases: { Quantity: 1, Items: [world.site] } }));
    },
  },
  {
    name: 'name-pending', says: 'A certificate that is not issued yet is refused.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'certificates',
    probe: async (world) => adding(world, await requested(world), world.site),
  },
  {
    name: 'name-no-certificate', says: 'A certificate that is not there is refused.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'certificates',
    probe: (world) => adding(world,
      'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000', world.site),
  },
  {
    name: 'name-region', says: 'The certificate is one of us-east-1.',
    operation: 'UpdateDistribution', expected: REFUSED, document: 'certificates',
    probe: async (world) => adding(world, (await wildcard(world)).replace('us-east-1', 'eu-west-1'), world.site),
  },
  {
    name: 'name-upper-case', says: 'A name is lower case.',
    operation: 'UpdateDistribution', expected: 'InvalidArgument 400', document: 'alternate names',
    probe: async (world) => adding(world, await wildcard(world), world.site.toUpperCase()),
  },
  {
    name: 'name-elsewhere', says: 'A name that another distribution has is refused.',
    operation: 'UpdateDistribution', expected: 'CNAMEAlreadyExists 409',
    probe: async (world) => {
      const certificate = await wildcard(world);
      await distribution(world, { CallerReference: `${world.id}-first`, ...aliased(certificate, world.site) });
      return adding(world, certificate, world.site);
    },
  },
  {
    name: 'name-let-go', says: 'A name that another distribution let go of can be taken in time.',
    operation: 'UpdateDistribution', expected: 'ok',
    probe: async (world) => {
      const certificate = await wildcard(world);
      const first = await distribution(world, {
        CallerReference: `${world.id}-first`, ...aliased(certificate, world.site),
      });
      await updated(world, first.Id, unaliased);
      await deployed(world, first.Id);
      return adding(world, certificate, world.site);
    },
  },
  {
    name: 'name-101', says: 'One hundred names are the first quota of a distribution.',
    operation: 'UpdateDistribution', expected: 'TooManyDistributionCNAMEs 400', document: 'cloudfront quotas',
    probe: async (world) => adding(world, await issued(world, `*.${world.site}`),
      ...Array.from({ length: 101 }, (_, index) => `n${index}.${world.site}`)),
  },
  {
    name: 'names-gone', says: 'The last name goes with the certificate.',
    operation: 'UpdateDistribution', expected: 'no name, CloudFront\'s certificate',
    probe: async (world) => {
      const { Id } = await distribution(world, aliased(await wildcard(world), world.site));
      await updated(world, Id, unaliased);
      const { aliases, config: { ViewerCertificate: certificate } } = await current(world, Id);
      const whose = certificate?.CloudFrontDefaultCertificate && certificate.ACMCertificateArn === undefined;
      return `${aliases.join() || 'no name'}, ${whose ? 'CloudFront\'s' : 'a'} certificate`;
    },
  },
  {
    name: 'protocol-2025', says: 'The newest minimum protocol versions are taken and read back.',
    operation: 'UpdateDistribution', expected: 'TLSv1.3_2025',
    probe: async (world) => {
      const { Id } = await distribution(world);
      const { ViewerCertificate: certificate, ...names } = aliased(await wildcard(world), world.site);
      await updated(world, Id, {
        ...names, ViewerCertificate: { ...certificate, MinimumProtocolVersion: 'TLSv1.3_2025' },
      });
      return `${(await current(world, Id)).config.ViewerCertificate?.MinimumProtocolVersion}`;
    },
  },
] };
