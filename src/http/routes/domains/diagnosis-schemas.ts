import { Type } from 'typebox';
import type { Static } from 'typebox';
import type { DnsDiagnosis as Diagnosis } from '../../../domain/dns-diagnosis.ts';
import { DomainId, EXAMPLE_TIME, ProjectId, time } from '../../common-schemas.ts';
import { component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import { CustomDomain } from './schemas.ts';

const WRONG = 'shop.example.com is a CNAME to old.example.net and should be a CNAME to d111111abcdef8.cloudfront.net: '
  + 'change its value at your DNS provider.';

const OBSERVED = { type: 'CNAME' as const, value: 'old.example.net', resolvers: ['this server\'s resolver', '1.1.1.1'] };

const ROUTING = {
  purpose: 'routing' as const, type: 'CNAME' as const, name: 'shop.example.com', value: 'd111111abcdef8.cloudfront.net',
  observed: [OBSERVED], state: 'wrong' as const, message: WRONG,
};

const CAA = {
  code: 'caa_forbids_amazon' as const, severity: 'error' as const, name: 'example.com',
  message: 'The CAA records of example.com (0 issue letsencrypt.org) do not let Amazon issue a certificate for '
    + 'shop.example.com: add the CAA record 0 issue "amazon.com" at example.com, or remove them all.',
};

const resolvers = Type.Array(Type.String(), { description: 'The resolvers that saw it.', examples: [['1.1.1.1']] });

export const ObservedRecord = component('ObservedRecord', Type.Object({
  type: oneOf(['CNAME', 'A', 'AAAA', 'TXT'], {
    title: 'ObservedRecordType', description: 'The type of the record.', examples: ['CNAME'],
  }),
  value: Type.String({ description: 'Its value: names in lower case, without trailing dot.', examples: ['old.example.net'] }),
  resolvers,
}, { description: 'A record that was found where a required one belongs.' }));

export const RecordDiagnosis = component('RecordDiagnosis', Type.Object({
  purpose: oneOf(['validation', 'move', 'routing', 'ownership'], {
    title: 'RecordPurpose',
    description: '`validation`: by which Amazon checks who controls the domain. `move`: '
      + 'shows CloudFront that its owner wants the name moved here from another distribution. `routing`: sends visitors here. '
      + '`ownership`: proves to this service who controls the domain.',
    examples: ['routing'],
  }),
  type: oneOf(['CNAME', 'ALIAS', 'TXT'], {
    title: 'RequiredRecordType',
    description: 'The type to set; `ALIAS` stands for ALIAS, ANAME or CNAME flattening at the top of a zone.', examples: ['CNAME'],
  }),
  name: nullable({ description: 'The name to set; null until it is known.', examples: ['shop.example.com'] }),
  value: nullable({ description: 'The value to set; null until it is known.', examples: ['d111111abcdef8.cloudfront.net'] }),
  observed: Type.Array(ref(ObservedRecord), { description: 'What is there.', examples: [[OBSERVED]] }),
  state: oneOf(['correct', 'missing', 'wrong', 'conflicting', 'unknown', 'pending'], {
    title: 'RecordState',
    description: '`conflicting`: addresses stand where the record belongs. `unknown`: it could not be seen, or cannot be told '
      + 'from outside. `pending`: not all resolvers see it yet, or Amazon has not named it yet.',
    examples: ['wrong'],
  }),
  message: Type.String({ description: 'What is there, what should be, what to do.', examples: [WRONG] }),
}, { description: 'One record that the domain needs, beside what is there.' }));

export const DnsFinding = component('DnsFinding', Type.Object({
  code: oneOf([
    'caa_forbids_amazon', 'address_conflict', 'proxy_in_front', 'cname_loop', 'cname_chain_too_long', 'servfail', 'timeout',
    'zone_not_found', 'zone_doubled', 'zone_in_value', 'resolvers_disagree',
  ], { title: 'DnsFindingCode', description: 'What was found.', examples: ['caa_forbids_amazon'] }),
  severity: oneOf(['error', 'warning'], {
    title: 'DnsFindingSeverity', description: '`error`: has to be put right. `warning`: should be known.', examples: ['error'],
  }),
  name: Type.String({ description: 'The name it was found at.', examples: ['example.com'] }),
  message: Type.String({
    description: 'What was seen, what it means, what to do.',
    examples: [CAA.message],
  }),
}, { description: 'Something in the way, beside the records themselves.' }));

export const DnsDiagnosis = component('DnsDiagnosis', Type.Object({
  domainId: DomainId,
  projectId: ProjectId,
  domain: Type.String({ description: 'The name: lower case, punycode.', examples: ['shop.example.com'] }),
  status: CustomDomain.properties.status,
  statusMessage: Type.String({
    description: 'What is happening, and what its owner should do.',
    examples: ['Waiting for the DNS record that proves you control the domain.'],
  }),
  ok: Type.Boolean({ description: 'Every record is right and nothing else is in the way.', examples: [false] }),
  summary: Type.String({ description: 'That all is well, or the first thing to do something about.', examples: [WRONG] }),
  records: Type.Array(ref(RecordDiagnosis), {
    description: 'Every record the domain needs; none while it is being deleted.', examples: [[ROUTING]],
  }),
  findings: Type.Array(ref(DnsFinding), {
    description: 'What else is in the way, or explains why a record is not right.', examples: [[CAA]],
  }),
  cnameChain: Type.Array(Type.String(), {
    description: 'The domain, then where each CNAME leads.', examples: [['shop.example.com', 'old.example.net']],
  }),
  resolvers: Type.Array(Type.Object({
    name: Type.String({ description: 'Which resolver.', examples: ['1.1.1.1'] }),
    answered: Type.Boolean({ description: 'False: it answered nothing, and nothing was concluded from that.', examples: [true] }),
  }, { title: 'DnsResolver', description: 'A resolver that was asked.' }), { description: 'Whom was asked.', examples: [[{ name: '1.1.1.1', answered: true }]] }),
  checkedAt: time('When DNS was looked at.'),
  nextCheckAt: nullableInteger({
    description: 'When the domain is looked at next by itself; null when no look is planned. Milliseconds since the Unix epoch.',
    examples: [EXAMPLE_TIME],
  }),
}, { description: 'The DNS of a domain as it is seen now, beside what it should be.' }));

export const DIAGNOSIS_EXAMPLE: Static<typeof DnsDiagnosis> = {
  domainId: 'dom_01k5hq5n8d3y7z',
  projectId: 'prj_01k5hq3v7m9e8w',
  domain: 'shop.example.com',
  status: 'pending_validation',
  statusMessage: 'Waiting for the DNS record that proves you control the domain.',
  ok: false,
  summary: WRONG,
  records: [{
    purpose: 'validation', type: 'CNAME', name: '_3f2a9c.shop.example.com', value: '_8d1e7b.acm-validations.aws',
    observed: [{ type: 'CNAME', value: '_8d1e7b.acm-validations.aws', resolvers: ['this server\'s resolver', '1.1.1.1'] }],
    state: 'correct', message: '_3f2a9c.shop.example.com is as it should be.',
  }, ROUTING],
  findings: [],
  cnameChain: ['shop.example.com', 'old.example.net'],
  resolvers: [{ name: 'this server\'s resolver', answered: true }, { name: '1.1.1.1', answered: true }],
  checkedAt: EXAMPLE_TIME,
  nextCheckAt: EXAMPLE_TIME + 5_000,
};

export const DIAGNOSIS_COMPONENTS = [ObservedRecord, RecordDiagnosis, DnsFinding, DnsDiagnosis];

/** The diagnosis is the answer; the compiler says when the two part. Schemas know no readonly arrays. */
export function diagnosisAnswer(diagnosis: Diagnosis): Static<typeof DnsDiagnosis> {
  return {
    ...diagnosis,
    records: diagnosis.records.map((record) => ({
      ...record, observed: record.observed.map((each) => ({ ...each, resolvers: [...each.resolvers] })),
    })),
    findings: [...diagnosis.findings], cnameChain: [...diagnosis.cnameChain], resolvers: [...diagnosis.resolvers],
  };
}
