import { GetDistributionTenantCommand, UpdateDistributionTenantCommand } from '@aws-sdk/client-cloudfront';
import t from 'tap';
import type { Test } from 'tap';
import { acmCertificates } from '../../../src/adapters/aws/acm-certificates.ts';
import { createAwsClients } from '../../../src/adapters/aws/aws-clients.ts';
import { cloudFrontTenants } from '../../../src/adapters/aws/cloudfront-tenants.ts';
import type { Hostname } from '../../../src/domain/hostname.ts';
import { tenantName } from '../../../src/domain/tenant.ts';
import { rejectsAs } from '../../ports/rejects-as.ts';
import type { TenantsWorld } from '../../ports/tenants-contract.ts';
import { tenantsContract } from '../../ports/tenants-contract.ts';
import { createTenantDistribution } from './create-distribution.ts';
import { localWorld, publishRecords } from './local-world.ts';
import type { LocalWorld } from './local-world.ts';
import { recordingHandler, testSettings, xmlError } from './recording-handler.ts';

const A = 'a.example.com' as Hostname;

async function embedded(t: Test): Promise<TenantsWorld & { readonly local: LocalWorld }> {
  const local = localWorld(t);
  const { cloud, clients, advance } = local;
  const certificates = acmCertificates(clients.acm);
  let issued = 0;
  return {
    local,
    tenants: cloudFrontTenants(clients.cloudFront),
    distributionId: await createTenantDistribution(clients.cloudFront),
    issuedCertificate: async (name) => {
      const arn = await certificates.request({ names: [name], token: `t${++issued}`, projectId: 'prj_1' });
      advance(cloud.settings.validationRecordDelayMs);
      const { validations = [] } = await certificates.describe(arn) ?? {};
      publishRecords(local, validations.flatMap((validation) => validation.record ?? []));
      return arn;
    },
    letDeployFinish: async () => advance(cloud.settings.deployTimeMs),
    touch: async ({ id }) => void cloud.cloudFront.tenants.touch(id),
  };
}

void t.test('Tenants on the embedded CloudFront', async (t) => tenantsContract(t, embedded));

void t.test('a new tenant is marked as ours, in the group that was asked for', async (t) => {
  const { local, tenants, distributionId, issuedCertificate } = await embedded(t);
  const group = local.cloud.cloudFront.connectionGroups.create({
    name: 'shops', config: { enabled: true, ipv6Enabled: true }, tags: {},
  });
  await tenants.create({
    name: 'one', distributionId, connectionGroupId: group.id, domain: A, certificateArn: await issuedCertificate(A),
    projectId: 'prj_1',
  });
  const { DistributionTenant: tenant } = await local.clients.cloudFront.send(new GetDistributionTenantCommand({ Identifier: 'one' }));
  t.match(tenant, {
    ConnectionGroupId: group.id,
    Tags: { Items: [{ Key: 'Project', Value: 'prj_1' }, { Key: 'ManagedBy', Value: 'anchor-deploy' }] },
  });
});

void t.test('everything that was read goes back, but for what is changed', async (t) => {
  const { local, tenants, distributionId, issuedCertificate } = await embedded(t);
  const { cloudFront } = local.clients;
  const certificateArn = await issuedCertificate(A);
  const made = await tenants.create({ name: 'one', distributionId, domain: A, certificateArn, projectId: 'prj_1' });
  const settings = made.settings as { ConnectionGroupId: string };
  const theirs = {
    WebAcl: { Action: 'override' as const, Arn: 'arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/1' },
    GeoRestrictions: { RestrictionType: 'blacklist' as const, Locations: ['AQ'] },
  };
  await cloudFront.send(new UpdateDistributionTenantCommand({
    Id: made.id, IfMatch: made.etag, DistributionId: distributionId, ConnectionGroupId: settings.ConnectionGroupId,
    Domains: [{ Domain: A }], Enabled: true, Customizations: { ...theirs, Certificate: { Arn: certificateArn } },
  }));
  const another = await issuedCertificate(A);
  for (const change of [{ enabled: false }, { enabled: true, domain: A, certificateArn: another }] as const) {
    const state = await tenants.read('one');
    if (!state) return t.fail('the tenant should be there');
    const changed = await tenants.change(state, change);
    t.match(changed.settings, {
      DistributionId: distributionId, ConnectionGroupId: settings.ConnectionGroupId, Customizations: theirs,
      Domains: [{ Domain: A }], Enabled: change.enabled,
    });
    t.equal(changed.certificateArn, change.enabled ? another : certificateArn);
  }
});

void t.test('a repeat that CloudFront refuses for its own domain is found by its name', async (t) => {
  const tenant = '<?xml version="1.0"?><DistributionTenant xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"><Id>dt_1</Id>'
    + '<DistributionId>E1</DistributionId><Name>one</Name><Enabled>false</Enabled><Status>Deployed</Status></DistributionTenant>';
  const plan = { name: 'one', distributionId: 'E1', domain: A, certificateArn: 'arn:1', projectId: 'prj_1' };
  for (const awsName of ['CNAMEAlreadyExists', 'EntityAlreadyExists', 'EntityLimitExceeded']) {
    const handler = recordingHandler((request) => request.method === 'POST' ? xmlError(awsName, 409)
      : { status: 200, headers: { etag: 'E2', 'content-type': 'text/xml' }, body: tenant });
    const tenants = cloudFrontTenants(createAwsClients(testSettings(), { requestHandler: handler }).cloudFront);
    if (awsName === 'EntityLimitExceeded') await rejectsAs(t, tenants.create(plan), 'refused', { awsName });
    else {
      t.match(await tenants.create(plan), {
        id: 'dt_1', etag: 'E2', domains: [], certificateArn: undefined, enabled: false, deployed: true, changedAt: undefined,
      }, awsName);
    }
  }
});

void t.test('what goes wrong in other ways comes through', async (t) => {
  const handler = recordingHandler(() => xmlError('AccessDenied', 403));
  const tenants = cloudFrontTenants(createAwsClients(testSettings(), { requestHandler: handler }).cloudFront);
  await rejectsAs(t, tenants.read('one'), 'denied');
  await rejectsAs(t, tenants.remove({
    id: 'dt_1', name: 'one', etag: 'E1', distributionId: 'E1', domains: [], certificateArn: undefined, enabled: false,
    deployed: true, changedAt: undefined, settings: {},
  }), 'denied');
});

void t.test('the name of a tenant follows from the id of its domain, in letters that CloudFront takes', async (t) => {
  t.equal(tenantName('dom_0198f3a1'), 'anchor-dom-0198f3a1');
  t.match(tenantName('dom_0198f3a1'), /^[a-zA-Z0-9][a-zA-Z0-9-.]{1,126}[a-zA-Z0-9]$/);
});
