import { DescribeCertificateCommand, RequestCertificateCommand } from '@aws-sdk/client-acm';
import type { CertificateDetail, RequestCertificateCommandInput } from '@aws-sdk/client-acm';
import { need } from './rule.ts';
import type { World } from './rule.ts';

/** Asks for a certificate by DNS. Answers its ARN. */
export async function requested(
  { acm, site }: World, more: Partial<RequestCertificateCommandInput> = {},
): Promise<string> {
  const command = new RequestCertificateCommand({ DomainName: site, ValidationMethod: 'DNS', ...more });
  return need((await acm.send(command)).CertificateArn, 'CertificateArn');
}

export async function described({ acm }: World, CertificateArn: string): Promise<CertificateDetail> {
  return need((await acm.send(new DescribeCertificateCommand({ CertificateArn }))).Certificate, 'Certificate');
}

/** The validation records as soon as they are told, one for each name, in the order of their names. */
export async function recordsOf(world: World, arn: string) {
  const records = async () => ((await described(world, arn)).DomainValidationOptions ?? [])
    .map(({ DomainName, ResourceRecord }) => ({ of: DomainName ?? '', ...ResourceRecord }))
    .sort((a, b) => (a.of < b.of ? -1 : 1));
  await world.until(async () => (await records()).every(({ Name }) => Name !== undefined));
  return (await records()).map((record) => ({
    of: record.of, type: need(record.Type, 'record'), name: plain(need(record.Name, 'record')),
    value: plain(need(record.Value, 'record')),
  }));
}

/** A certificate that is issued. */
export async function issued(world: World, ...names: readonly [string, ...string[]]): Promise<string> {
  const [DomainName, ...SubjectAlternativeNames] = names;
  const others = SubjectAlternativeNames.length > 0 && { SubjectAlternativeNames };
  const arn = await requested(world, { DomainName, ...others });
  for (const { name, value } of await recordsOf(world, arn)) world.publish({ name, type: 'CNAME', value });
  if (!await becomes(world, arn, 'ISSUED')) throw new Error(`the certificate for ${names.join()} is never issued`);
  return arn;
}

export function becomes(world: World, arn: string, status: string): Promise<boolean> {
  return world.until(async () => (await described(world, arn)).Status === status);
}

/** One for `*.example.com`, which covers every rule's site. */
export function wildcard(world: World): Promise<string> {
  return world.shared('wildcard certificate', () => issued(world, '*.example.com'));
}

function plain(name: string): string {
  return name.replace(/\.$/, '');
}
