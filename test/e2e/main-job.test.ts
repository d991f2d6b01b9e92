import t, { type Test } from 'tap';
import { type Environment, dynamoStore, type RunningAnchor, startAnchor } from '../support/running-anchor.ts';
import { waitUntil } from '../support/wait-until.ts';

/** What the start-up banner tells people to do, looked at from every side. */
async function story(t: Test, store: Environment): Promise<void> {
  const anchor = await startAnchor(t, store);
  const { domainName, id } = await anchor.cloud.distribution();
  await t.test('the banner names what there is', (t) => namesWhatThereIs(t, anchor, domainName));
  await t.test('a rollback moves both aliases, and what visitors get', (t) => rollsBack(t, anchor, domainName));
  await t.test('a domain goes live and goes away again', (t) => domainComesAndGoes(t, anchor, id));
  await t.test('all of it is among the metrics', (t) => isMeasured(t, anchor));
}

void t.test('the main job with the store on SQLite', async (t) => {
  await story(t, {});
});

void t.test('the main job with the store on DynamoDB', async (t) => {
  await story(t, await dynamoStore(t));
});

async function namesWhatThereIs(t: Test, anchor: RunningAnchor, distributionDomain: string): Promise<void> {
  const [older, newer] = await anchor.builds();
  const { banner = '' } = anchor.server;
  const { url, cloudUrl, edgeUrl } = anchor.urls;
  for (const part of [url, cloudUrl, edgeUrl, older.deploymentId, newer.deploymentId, distributionDomain]) {
    t.ok(banner.includes(part), part);
  }
  t.equal((await anchor.ask('GET', '/healthz')).status, 200);
  // A server is ready once its worker has ended a pass, which takes a while on a store that is slow.
  await waitUntil('it is ready', async () => (await anchor.ask('GET', '/readyz')).status === 200 || undefined);
}

async function rollsBack(t: Test, anchor: RunningAnchor, distributionDomain: string): Promise<void> {
  const [older, newer] = await anchor.builds();
  const look = async () => ({
    server: await anchor.cloud.aliasVersion('anchor-server'),
    image: await anchor.cloud.aliasVersion('anchor-image'),
    served: await anchor.visit(distributionDomain),
  });
  const on = (version: string, { deploymentId }: { deploymentId: string }) => ({
    server: version, image: version, served: { status: 200, version, deploymentId },
  });
  t.same(await look(), on('2', newer), 'before');

  const back = await anchor.rollBack(older.deploymentId);
  t.match(back, {
    rolledBackTo: older.deploymentId, previousVersion: '2', newAliasVersion: '1',
    deploymentId: String, message: String, rollbackTimeMs: Number,
  });
  t.same(await look(), on('1', older), 'after the rollback');

  const [latest] = await anchor.deployments();
  t.match(latest, {
    deploymentId: back.deploymentId, isRollback: true, rollbackFrom: '2', rollbackTo: older.deploymentId,
    status: 'deployed', version: new RegExp(`^rollback-${older.deploymentId}-`),
  }, 'it is written down as a deployment');

  await anchor.rollBack(newer.deploymentId);
  t.same(await look(), on('2', newer), 'and forward again');
}

async function domainComesAndGoes(t: Test, anchor: RunningAnchor, distributionId: string): Promise<void> {
  const host = 'www.example.com';
  t.equal((await anchor.visit(host)).status, 403, 'nobody serves the name yet');
  t.same(await anchor.cloud.certificateArns(), []);

  const added = await anchor.addDomain(host);
  t.match(added, { domain: host, status: 'pending_validation', dnsInstructions: { recordType: 'CNAME', recordName: String } });
  t.equal((await anchor.addDomain(host)).domainId, added.domainId, 'asking again is harmless');
  t.equal((await anchor.cloud.certificateArns()).length, 1);

  await anchor.setRecord(added);
  const active = await anchor.untilActive(added);
  t.match(active, { status: 'active', certificateStatus: 'ISSUED', cloudFrontStatus: 'deployed' });
  t.match(await anchor.visit(host), { status: 200, version: '2' });
  const config = await anchor.cloud.distributionConfig(distributionId);
  t.same(config.Aliases, { Quantity: 1, Items: [host] });
  t.match(config.ViewerCertificate, { ACMCertificateArn: active.certificateArn, SSLSupportMethod: 'sni-only' });
  t.match(config.ViewerCertificate?.MinimumProtocolVersion, /^TLSv1\.[23]/);
  t.same(await anchor.cloud.certificateArns(), [active.certificateArn]);

  t.match(await anchor.removeDomain(added.domainId), { status: 'deleting', domain: host });
  await anchor.untilGone(added.domainId);
  t.equal((await anchor.visit(host)).status, 403);
  const after = await anchor.cloud.distributionConfig(distributionId);
  t.same(after.Aliases?.Items ?? [], []);
  t.match(after.ViewerCertificate, { CloudFrontDefaultCertificate: true });
  t.same(await anchor.cloud.certificateArns(), [], 'the certificate went with it');
  t.same(await anchor.read('GET', '/projects/test/domains', [200]), []);
}

async function isMeasured(t: Test, anchor: RunningAnchor): Promise<void> {
  // Domains are counted once somebody has looked.
  const text = await waitUntil('domains are counted', async () => {
    const answer = await anchor.ask('GET', '/metrics');
    t.equal(answer.status, 200);
    return answer.text.includes('anchor_domains{') ? answer.text : undefined;
  });
  for (const sample of [
    'anchor_http_request_duration_seconds_count{method="POST",route="/projects/:projectId/rollback",status="200"} 2',
    'anchor_switch_duration_seconds_count{kind="rollback",outcome="succeeded"} 2',
    'anchor_aws_call_duration_seconds_count{service="lambda",operation="UpdateAlias",outcome="ok"} ',
    'anchor_leases_held{of="operations"} 0', 'anchor_leases_taken_total{of="operations"} 2',
    'anchor_leases_taken_total{of="domains"} ', 'anchor_leases_taken_total{of="edges"} ',
    'anchor_worker_passes_total{step="domains"} ', 'anchor_worker_lag_seconds{step="deliveries"} ',
    'anchor_events_recorded_total{type="operation.succeeded"} 2', 'anchor_events_recorded_total{type="domain.removed"} 1',
    'anchor_domain_status_changes_total{from="deploying",to="active"} 1',
    'anchor_domains{status="active"} ', 'anchor_webhook_deliveries_pending 0',
  ]) t.ok(text.split('\n').some((line) => line.startsWith(sample)), sample);
}
