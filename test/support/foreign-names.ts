import type { DomainWorld } from './domain-world.ts';

/** As a person would set it up by hand; answers the certificate's ARN. */
export async function foreignAlias(
  world: DomainWorld, name: string, distributionId = world.distributionId,
): Promise<string> {
  const arn = await foreignCertificate(world, [name]);
  const state = await world.distributions.read(distributionId);
  if (!state) throw new Error('no distribution');
  await world.distributions.change(state, { aliases: [name], viewerCertificate: { kind: 'acm', certificateArn: arn } });
  world.clock.advance(world.cloud.settings.deployTimeMs);
  return arn;
}

/** Issued, for somebody who has set the records. */
export async function foreignCertificate(world: DomainWorld, names: [string, ...string[]]): Promise<string> {
  const arn = await world.certificates.request({ names, token: `theirs${names.length}`, projectId: 'theirs' });
  world.clock.advance(world.cloud.settings.validationRecordDelayMs);
  const certificate = await world.certificates.describe(arn);
  for (const { record } of certificate?.validations ?? []) {
    if (record) world.cloud.zone.set({ name: record.name, type: record.type, values: [record.value] });
  }
  world.clock.advance(world.cloud.settings.certificateCheckMs);
  return arn;
}
