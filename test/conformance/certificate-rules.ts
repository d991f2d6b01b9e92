import {
  DeleteCertificateCommand, DescribeCertificateCommand, KeyAlgorithm, ListCertificatesCommand,
  ListTagsForCertificateCommand, RequestCertificateCommand,
} from '@aws-sdk/client-acm';
import { becomes, described, issued, recordsOf, requested } from './certificate-site.ts';
import { aliased, deployed, distribution, unaliased, updated } from './distribution-site.ts';
import { answerTo, NOT_ASKED } from './rule.ts';
import type { Chapter, World } from './rule.ts';

const HOUR_MS = 3_600_000;
/** The form of an ARN that no certificate has. */
const NOBODY = 'arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-4000-8000-000000000000';
const same = (one: unknown, other: unknown) => (one === other ? 'the same' : 'another');

async function list(world: World, more: ConstructorParameters<typeof ListCertificatesCommand>[0] = {}) {
  const all = [];
  let NextToken: string | undefined;
  do {
    const page = await world.acm.send(new ListCertificatesCommand({ ...more, NextToken }));
    all.push(...page.CertificateSummaryList ?? []);
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return all.map(({ CertificateArn }) => CertificateArn);
}

export const CERTIFICATE_RULES: Chapter = { title: 'ACM', service: 'acm', rules: [
  {
    name: 'token-again', says: 'The same request with the same token within the hour answers the same certificate.',
    operation: 'RequestCertificate', expected: 'the same',
    probe: async (world) => {
      const token = { IdempotencyToken: 'token_1' };
      return same(await requested(world, token), await requested(world, token));
    },
  },
  {
    name: 'token-after-hour', says: 'After an hour the same token makes another certificate.',
    operation: 'RequestCertificate', expected: 'another',
    probe: async (world) => {
      const token = { IdempotencyToken: 'token_2' };
      const first = await requested(world, token);
      if (world.pass === undefined) return NOT_ASKED;
      world.pass(HOUR_MS + 1);
      return same(first, await requested(world, token));
    },
  },
  {
    name: 'token-other', says: 'Another token makes another certificate for the same name.',
    operation: 'RequestCertificate', expected: 'another',
    probe: async (world) => same(
      await requested(world, { IdempotencyToken: 'token_3' }), await requested(world, { IdempotencyToken: 'token_4' })),
  },
  {
    name: 'token-hyphen', says: 'A token has letters, digits and underscores alone.',
    operation: 'RequestCertificate', expected: 'ValidationException 400', document: 'acm errors',
    probe: (world) => answerTo(requested(world, { IdempotencyToken: 'token-5' })),
  },
  {
    name: 'eleven-names', says: 'Ten names are the first quota of a certificate.',
    operation: 'RequestCertificate', expected: 'LimitExceededException 400',
    probe: (world) => answerTo(requested(world, {
      SubjectAlternativeNames: Array.from({ length: 10 }, (_, index) => `n${index}.${world.site}`),
    })),
  },
  {
    name: 'no-names', says: 'A list of further names is not empty.',
    operation: 'RequestCertificate', expected: 'ValidationException 400', document: 'acm errors',
    probe: ({ acm, site: DomainName }) =>
      answerTo(acm.send(new RequestCertificateCommand({ DomainName, SubjectAlternativeNames: [] }))),
  },
  {
    name: 'subject-among-names', says: 'The subject is among the alternative names.',
    operation: 'DescribeCertificate', expected: 'both',
    probe: async (world) => {
      const SubjectAlternativeNames = [`www.${world.site}`];
      const { SubjectAlternativeNames: names = [] } = await described(world,
        await requested(world, { SubjectAlternativeNames }));
      const both = [world.site, ...SubjectAlternativeNames].toSorted().join();
      return names.toSorted().join() === both ? 'both' : names.join();
    },
  },
  {
    name: 'record-told', says: 'Some seconds after the request its validation record is told: a CNAME below the name.',
    operation: 'DescribeCertificate', expected: 'CNAME below the name', document: 'dns validation',
    probe: async (world) => {
      const [record] = await recordsOf(world, await requested(world));
      const below = record?.name.startsWith('_') && record.name.endsWith(`.${world.site}`);
      return `${record?.type}${below ? ' below the name' : ''}`;
    },
  },
  {
    name: 'record-same', says: 'Two certificates for one name have the same validation record.',
    operation: 'DescribeCertificate', expected: 'the same', document: 'dns validation',
    probe: async (world) => {
      const [one] = await recordsOf(world, await requested(world, { IdempotencyToken: 'one' }));
      const [two] = await recordsOf(world, await requested(world, { IdempotencyToken: 'two' }));
      return same(`${one?.name} ${one?.value}`, `${two?.name} ${two?.value}`);
    },
  },
  {
    name: 'record-wildcard', says: 'A name and its wildcard have the same validation record.',
    operation: 'DescribeCertificate', expected: 'the same', document: 'dns validation',
    probe: async (world) => {
      const arn = await requested(world, { SubjectAlternativeNames: [`*.${world.site}`] });
      const [one, two] = await recordsOf(world, arn);
      return same(`${one?.name} ${one?.value}`, `${two?.name} ${two?.value}`);
    },
  },
  {
    name: 'issued', says: 'A certificate is issued once its record is in the DNS.',
    operation: 'DescribeCertificate', expected: 'ISSUED, with NotAfter', document: 'dns validation',
    probe: async (world) => {
      const { Status, NotAfter } = await described(world, await issued(world, world.site));
      return `${Status}, with${NotAfter ? '' : 'out'} NotAfter`;
    },
  },
  {
    name: 'pending', says: 'A certificate stays pending while its record is not in the DNS.',
    operation: 'DescribeCertificate', expected: 'PENDING_VALIDATION', document: 'dns validation', refuses: true,
    probe: async (world) => {
      const arn = await requested(world);
      await becomes(world, arn, 'ISSUED');
      return `${(await described(world, arn)).Status}`;
    },
  },
  {
    name: 'one-record-missing', says: 'A certificate stays pending while one of its records is not in the DNS.',
    operation: 'DescribeCertificate', expected: 'PENDING_VALIDATION', document: 'dns validation', refuses: true,
    probe: async (world) => {
      const arn = await requested(world, { SubjectAlternativeNames: [`www.${world.site}`] });
      const [first] = await recordsOf(world, arn);
      if (first) world.publish({ name: first.name, type: 'CNAME', value: first.value });
      await becomes(world, arn, 'ISSUED');
      return `${(await described(world, arn)).Status}`;
    },
  },
  {
    name: 'timed-out', says: 'After 72 hours a certificate that is still pending has timed out.',
    operation: 'DescribeCertificate', expected: 'VALIDATION_TIMED_OUT', document: 'failed requests',
    probe: async (world) => {
      const arn = await requested(world);
      if (world.pass === undefined) return NOT_ASKED;
      world.pass(72 * HOUR_MS);
      return `${(await described(world, arn)).Status}`;
    },
  },
  {
    name: 'caa', says: 'CAA that does not allow Amazon fails the request.',
    operation: 'DescribeCertificate', expected: 'FAILED: CAA_ERROR', document: 'caa', refuses: true,
    probe: async (world) => {
      const arn = await requested(world);
      world.publish({ name: world.site, type: 'CAA', value: '0 issue "letsencrypt.org"' });
      for (const { name, value } of await recordsOf(world, arn)) world.publish({ name, type: 'CNAME', value });
      await world.until(async () => (await described(world, arn)).Status !== 'PENDING_VALIDATION');
      const { Status, FailureReason } = await described(world, arn);
      return `${Status}: ${FailureReason}`;
    },
  },
  {
    name: 'not-public', says: 'A name that can be no public domain fails the request.',
    operation: 'DescribeCertificate', expected: 'FAILED: INVALID_PUBLIC_DOMAIN', document: 'failed requests',
    refuses: true,
    probe: async (world) => {
      const arn = await requested(world, { DomainName: `${world.id}.123` });
      await world.until(async () => (await described(world, arn)).Status !== 'PENDING_VALIDATION');
      const { Status, FailureReason } = await described(world, arn);
      return `${Status}: ${FailureReason}`;
    },
  },
  {
    name: 'certificate-missing', says: 'A certificate that is not there.',
    operation: 'DescribeCertificate', expected: 'ResourceNotFoundException 400',
    probe: ({ acm }) => answerTo(acm.send(new DescribeCertificateCommand({ CertificateArn: NOBODY }))),
  },
  {
    name: 'listed-by-status', says: 'Pending certificates are listed alone when they are asked for.',
    operation: 'ListCertificates', expected: 'the pending one alone',
    probe: async (world) => {
      const done = await issued(world, world.site);
      const pending = await requested(world, { DomainName: `www.${world.site}` });
      const arns = await list(world, { CertificateStatuses: ['PENDING_VALIDATION'] });
      return [arns.includes(pending) && 'the pending one', arns.includes(done) ? 'the issued one' : 'alone']
        .filter(Boolean).join(' ');
    },
  },
  {
    name: 'listed-by-pages', says: 'A list is read page by page.',
    operation: 'ListCertificates', expected: 'a page of 1, then another',
    probe: async (world) => {
      await requested(world);
      await requested(world, { DomainName: `www.${world.site}` });
      const first = await world.acm.send(new ListCertificatesCommand({ MaxItems: 1 }));
      if (first.NextToken === undefined) return 'all on one page';
      const next = await world.acm.send(new ListCertificatesCommand({ MaxItems: 1, NextToken: first.NextToken }));
      const of = ({ CertificateSummaryList: [found] = [] }: typeof next) => found?.CertificateArn;
      return `a page of ${first.CertificateSummaryList?.length}, then ${same(of(first), of(next))}`;
    },
  },
  {
    name: 'listed-by-default', says: 'ECDSA certificates are not listed unless they are asked for.',
    operation: 'ListCertificates', expected: 'not listed',
    probe: async (world) => {
      const arn = await requested(world, { KeyAlgorithm: 'EC_prime256v1' });
      return (await list(world)).includes(arn) ? 'listed' : 'not listed';
    },
  },
  {
    name: 'listed-every-key', says: 'With every key type named, certificates of all are listed.',
    operation: 'ListCertificates', expected: 'listed',
    probe: async (world) => {
      const arn = await requested(world, { KeyAlgorithm: 'EC_prime256v1' });
      const Includes = { keyTypes: Object.values(KeyAlgorithm) };
      return (await list(world, { Includes })).includes(arn) ? 'listed' : 'not listed';
    },
  },
  {
    name: 'tags-read', says: 'Tags of the request are read back.',
    operation: 'ListTagsForCertificate', expected: 'Project=p1',
    probe: async (world) => {
      const CertificateArn = await requested(world, { Tags: [{ Key: 'Project', Value: 'p1' }] });
      return answerTo(world.acm.send(new ListTagsForCertificateCommand({ CertificateArn })),
        ({ Tags = [] }) => Tags.map(({ Key, Value }) => `${Key}=${Value}`).join());
    },
  },
  {
    name: 'tags-missing', says: 'Tags of a certificate that is not there.',
    operation: 'ListTagsForCertificate', expected: 'ResourceNotFoundException 400',
    probe: ({ acm }) => answerTo(acm.send(new ListTagsForCertificateCommand({ CertificateArn: NOBODY }))),
  },
  {
    name: 'deleted', says: 'A certificate that nothing uses is deleted, and then not there.',
    operation: 'DeleteCertificate', expected: 'ResourceNotFoundException 400',
    probe: async (world) => {
      const CertificateArn = await requested(world);
      await world.acm.send(new DeleteCertificateCommand({ CertificateArn }));
      return answerTo(world.acm.send(new DeleteCertificateCommand({ CertificateArn })));
    },
  },
  {
    name: 'in-use-by', says: 'A certificate tells what uses it.',
    operation: 'DescribeCertificate', expected: 'the distribution',
    probe: async (world) => {
      const arn = await issued(world, world.site);
      const { ARN } = await distribution(world, aliased(arn, world.site));
      const { InUseBy = [] } = await described(world, arn);
      return InUseBy.join() === ARN ? 'the distribution' : `nothing: ${InUseBy.length}`;
    },
  },
  {
    name: 'deleted-in-use', says: 'A certificate that a distribution uses is not deleted.',
    operation: 'DeleteCertificate', expected: 'ResourceInUseException 400',
    probe: async (world) => {
      const CertificateArn = await issued(world, world.site);
      await distribution(world, aliased(CertificateArn, world.site));
      return answerTo(world.acm.send(new DeleteCertificateCommand({ CertificateArn })));
    },
  },
  {
    name: 'deleted-let-go', says: 'Right after the last use has ended, ACM may still say that it is in use.',
    operation: 'DeleteCertificate', expected: 'ResourceInUseException 400', document: 'not settled',
    probe: async (world) => {
      const CertificateArn = await issued(world, world.site);
      const { Id } = await distribution(world, aliased(CertificateArn, world.site));
      await updated(world, Id, unaliased);
      return answerTo(world.acm.send(new DeleteCertificateCommand({ CertificateArn })));
    },
  },
  {
    name: 'deleted-in-time', says: 'Some time after the last use has ended it can be deleted.',
    operation: 'DeleteCertificate', expected: 'deleted in time',
    probe: async (world) => {
      const CertificateArn = await issued(world, world.site);
      const { Id } = await distribution(world, aliased(CertificateArn, world.site));
      await updated(world, Id, unaliased);
      await deployed(world, Id);
      const remove = () => answerTo(world.acm.send(new DeleteCertificateCommand({ CertificateArn })));
      return await world.until(async () => await remove() === 'ok') ? 'deleted in time' : 'never deleted';
    },
  },
  {
    name: 'renewed', says: 'A certificate in use whose record is in the DNS is renewed before its end.',
    operation: 'DescribeCertificate', expected: 'a later NotAfter', document: 'dns validation',
    probe: async (world) => {
      const arn = await issued(world, world.site);
      await distribution(world, aliased(arn, world.site));
      const before = await described(world, arn);
      if (world.pass === undefined) return NOT_ASKED;
      world.pass(Number(before.NotAfter) - Number(before.NotBefore) - HOUR_MS);
      const { NotAfter } = await described(world, arn);
      return Number(NotAfter) > Number(before.NotAfter) ? 'a later NotAfter' : 'the same NotAfter';
    },
  },
] };
