import { Type } from 'typebox';
import type { Static } from 'typebox';
import { DomainId, EXAMPLE_TIME, ProjectId, STRICT, time } from '../../common-schemas.ts';
import { component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import type { DomainView } from '../../../domain/domain-view.ts';
import { DOMAIN_STATUSES } from '../../../domain/domain-view.ts';

const HELD_BY_EXAMPLE = { resourceType: 'distribution', resourceId: '*******EXAMPLE', accountId: '******112233' };
const CERTIFICATE_ARN = 'arn:aws:acm:us-east-1:123456789012:certificate/8a6f2d0e-2f7b-4f0a-9a55-5d0f6d1c7e21';

export const DomainInput = component('DomainInput', Type.Object({
  domain: Type.String({
    minLength: 1, maxLength: 1024, examples: ['shop.example.com'],
    description: 'A name with several labels; may be a wildcard (`*.example.com`) or international.',
  }),
  takeOver: Type.Optional(Type.Boolean({
    description: 'For a name that another project holds: answer a TXT record, and take the name over once that is seen '
      + 'and the certificate is issued. Until then nothing changes for the other project.',
    examples: [false],
  })),
  www: Type.Optional(oneOf(['none', 'also', 'redirect'], {
    title: 'WwwHandling',
    description: 'For an apex such as example.com. `also`: add www.example.com as a domain of its own, which is deleted '
      + 'with the apex. `redirect` is refused, with what to do instead.',
    examples: ['also'],
  })),
}, {
  ...STRICT, description: 'A custom domain to serve the project under.', examples: [{ domain: 'shop.example.com' }],
}));

const instruction = {
  message: Type.String({
    description: 'What to do, for people.', examples: ['Add this record to the DNS of your domain.'],
  }),
  recordType: Type.String({ description: 'The type of the record.', examples: ['CNAME'] }),
  recordName: nullable({
    description: 'The name of the record; null until it is known.', examples: ['shop.example.com'],
  }),
  recordValue: nullable({
    description: 'The value of the record; null until it is known.', examples: ['d111111abcdef8.cloudfront.net'],
  }),
};

export const DnsInstruction = component('DnsInstruction', Type.Object(instruction, {
  description: 'A DNS record for the owner of the domain to add.',
}));

export const DnsInstructionWithNote = component('DnsInstructionWithNote', Type.Object({
  ...instruction,
  note: Type.String({ description: 'What else to know.', examples: ['Keep the record: renewals need it too.'] }),
}, { description: 'A DNS record for the owner of the domain to add, and what else to know about it.' }));

export const MoveInstruction = component('MoveInstruction', Type.Object({
  ...instruction,
  note: Type.String({ description: 'What AWS demands besides.', examples: ['AWS moves a name within one account.'] }),
  heldBy: Type.Unsafe<{
    resourceType: 'distribution' | 'distribution-tenant'; resourceId: string; accountId: string;
  } | null>({
    anyOf: [Type.Object({
      resourceType: oneOf(['distribution', 'distribution-tenant'], {
        title: 'NameHolderType', description: 'What has the name.', examples: ['distribution'],
      }),
      resourceId: Type.String({ description: 'Its id, partly hidden by AWS.', examples: ['*******EXAMPLE'] }),
      accountId: Type.String({ description: 'Its AWS account, partly hidden by AWS.', examples: ['******112233'] }),
    }, { title: 'NameHolder', description: 'What has a name on CloudFront.' }), { type: 'null' }],
    description: 'Who has the name, as AWS gives it; null while AWS does not tell.',
    examples: [HELD_BY_EXAMPLE],
  }),
}, { description: 'A TXT record that shows CloudFront that the owner of the name wants it moved here.' }));

export const CertificateRecord = component('CertificateRecord', Type.Object({
  name: Type.String({ description: 'Record name.', examples: ['_3f2a9c.shop.example.com'] }),
  value: Type.String({ description: 'Record value.', examples: ['_8d1e7b.acm-validations.aws'] }),
  type: Type.String({ description: 'Record type.', examples: ['CNAME'] }),
}, { description: 'The record by which ACM checks who controls the domain.' }));

export const OwnershipChallenge = component('OwnershipChallenge', Type.Object({
  reason: oneOf(['held', 'formerly_held', 'parent_held', 'twin_held'], {
    title: 'OwnershipReason',
    description: 'Another project holds the name; held it (or its wildcard, or the name under the wildcard) last; holds a '
      + 'name above it; or holds its wildcard.',
    examples: ['held'],
  }),
  message: Type.String({ description: 'Why, and what to do.', examples: ['Another project holds shop.example.com.'] }),
  recordType: oneOf(['TXT'], { description: 'The type of the record.', examples: ['TXT'] }),
  recordName: Type.String({ description: 'Where to add it.', examples: ['_anchor-challenge.shop.example.com'] }),
  recordValue: Type.String({
    description: 'Random, for this domain alone.', examples: ['0f4c8d1e9b7a6c5d4e3f2a1b0c9d8e7f6a5b4c3d'],
  }),
  endsAt: time('Until when the record is looked for.'),
}, { description: 'A DNS record that proves control, looked for before a certificate is asked for.' }));

export const DomainPair = component('DomainPair', Type.Object({
  domain: Type.String({ description: 'The other name.', examples: ['www.example.com'] }),
  role: oneOf(['apex', 'www'], { title: 'PairRole', description: 'Which of the two this domain is.', examples: ['apex'] }),
  state: oneOf(['wanted', 'added', 'own', 'refused', 'parted'], {
    title: 'PairState',
    description: 'To be added; added for this one; there before; refused; one of the two was deleted.', examples: ['added'],
  }),
  domainId: nullable({ description: 'The other domain; null when it has none.', examples: ['dom_01k5hq5n8d3y80'] }),
  message: Type.String({ description: 'What that means.', examples: ['www.example.com was added as well.'] }),
}, { description: 'The link between an apex and its www.' }));

export const CustomDomain = component('CustomDomain', Type.Object({
  domainId: DomainId,
  projectId: ProjectId,
  domain: Type.String({ description: 'The name: lower case, punycode.', examples: ['shop.example.com'] }),
  status: oneOf([...DOMAIN_STATUSES], {
    title: 'DomainStatus',
    description: 'How far the domain has come. `pending_move`: another CloudFront distribution has the name. '
      + '`renewal_at_risk`: served, but the certificate cannot be renewed because its DNS record is gone. '
      + '`drifted`: others changed on CloudFront what the name needs.', examples: ['pending_validation'],
  }),
  statusMessage: Type.String({
    description: 'What is happening, and what its owner should do.',
    examples: ['Waiting for the DNS record that proves you control the domain.'],
  }),
  warning: nullable({
    description: 'What else its owner should know; while the domain is deleted, that DNS still points here.', examples: [null],
  }),
  isActive: Type.Boolean({ description: 'Whether the name is served.', examples: [false] }),
  certificateArn: nullable({
    description: 'The certificate that serves or will serve the name.', examples: [CERTIFICATE_ARN],
  }),
  certificateStatus: oneOf([
    'REQUESTED', 'PENDING_VALIDATION', 'ISSUED', 'INACTIVE', 'EXPIRED', 'VALIDATION_TIMED_OUT', 'REVOKED', 'FAILED',
  ], { title: 'CertificateStatus', description: 'As ACM says it; `REQUESTED` before ACM has answered.', examples: ['PENDING_VALIDATION'] }),
  certificateExpiresAt: nullableInteger({
    description: 'When the certificate ends unless Amazon renews it, which begins 45 days before; null until known. '
      + 'Milliseconds since the Unix epoch.',
    examples: [EXAMPLE_TIME + 198 * 86_400_000],
  }),
  cloudFrontStatus: oneOf(['not_attached', 'in_progress', 'deployed'], {
    title: 'CloudFrontStatus', description: 'Whether CloudFront serves the name.', examples: ['not_attached'],
  }),
  dnsValidation: Type.Unsafe<Static<typeof CertificateRecord> | null>({
    anyOf: [ref(CertificateRecord), { type: 'null' }],
    description: 'The record ACM checks; null until ACM has named it, some seconds after the request.',
  }),
  ownershipChallenge: Type.Optional(ref(OwnershipChallenge)),
  pair: Type.Optional(ref(DomainPair)),
  dnsInstructions: ref(DnsInstructionWithNote),
  cloudfrontCname: ref(DnsInstruction),
  moveInstructions: Type.Unsafe<Static<typeof MoveInstruction> | null>({
    anyOf: [ref(MoveInstruction), { type: 'null' }],
    description: 'While another CloudFront distribution has the name: the record to set to have it moved here. Null '
      + 'otherwise, and where AWS has no way to move it.',
    examples: [{
      message: 'Another CloudFront distribution has this name. Add this record to have it moved here.',
      recordType: 'TXT', recordName: '_shop.example.com', recordValue: 'd111111abcdef8.cloudfront.net',
      note: 'AWS moves a name within one account.', heldBy: HELD_BY_EXAMPLE,
    }],
  }),
  nextCheckAt: nullableInteger({
    description: 'When the domain is looked at next; null when it needs no look. Milliseconds since the Unix epoch.',
    examples: [EXAMPLE_TIME],
  }),
  createdAt: time('When the domain was added.'),
  updatedAt: time('When the domain was changed last.'),
}, { description: 'A custom domain on its way to being served, and the records its owner has to add.' }));

export const DomainParams = Type.Object({ projectId: ProjectId, domainId: DomainId });

export const DOMAIN_EXAMPLE: Static<typeof CustomDomain> = {
  domainId: 'dom_01k5hq5n8d3y7z',
  projectId: 'prj_01k5hq3v7m9e8w',
  domain: 'shop.example.com',
  status: 'pending_validation',
  statusMessage: 'Waiting for the DNS record that proves you control the domain.',
  warning: null,
  isActive: false,
  certificateArn: CERTIFICATE_ARN,
  certificateStatus: 'PENDING_VALIDATION',
  certificateExpiresAt: null,
  cloudFrontStatus: 'not_attached',
  dnsValidation: { name: '_3f2a9c.shop.example.com', value: '_8d1e7b.acm-validations.aws', type: 'CNAME' },
  dnsInstructions: {
    message: 'Add this record to the DNS of your domain to prove that you control it.',
    recordType: 'CNAME',
    recordName: '_3f2a9c.shop.example.com',
    recordValue: '_8d1e7b.acm-validations.aws',
    note: 'Keep the record: renewals need it too.',
  },
  cloudfrontCname: {
    message: 'Add this record to send visitors here.',
    recordType: 'CNAME',
    recordName: 'shop.example.com',
    recordValue: 'd111111abcdef8.cloudfront.net',
  },
  moveInstructions: null,
  nextCheckAt: EXAMPLE_TIME + 5_000,
  createdAt: EXAMPLE_TIME,
  updatedAt: EXAMPLE_TIME,
};

/** The view is the answer; the compiler says when the two part. */
export function domainAnswer(domain: DomainView): Static<typeof CustomDomain> {
  return domain;
}
