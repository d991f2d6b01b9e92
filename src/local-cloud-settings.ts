import { Type } from 'typebox';
import { flagged, milliseconds, port } from './setting.ts';

/** What `CLOUD=local` embeds: where it listens, and how long it takes for what AWS takes minutes for. */
export const LOCAL_CLOUD_PROPERTIES = {
  LOCAL_HOST: flagged(Type.Union([Type.Literal('127.0.0.1'), Type.Literal('0.0.0.0')], {
    default: '127.0.0.1',
    description: 'Address the embedded cloud listens on: this machine alone, or every interface, as in a container. ' +
      'It asks nobody who they are.',
  }), 'Local cloud'),
  LOCAL_CLOUD_PORT: flagged(port(4566, 'Port of the embedded cloud.'), 'Local cloud'),
  LOCAL_DNS_PORT: flagged(port(5354, 'Port of the embedded DNS server, UDP and TCP.'), 'Local cloud'),
  LOCAL_EDGE_PORT: flagged(port(8088, 'Port of the embedded viewer\'s edge.'), 'Local cloud'),
  LOCAL_DEPLOY_TIME_MS: flagged(milliseconds('How long a distribution takes to deploy a change.', 3_000), 'Local cloud'),
  LOCAL_CERTIFICATE_CHECK_MS: flagged(milliseconds(
    'How often a pending certificate looks for its DNS records.', 1_000), 'Local cloud'),
  LOCAL_VALIDATION_TIMEOUT_MS: flagged(milliseconds(
    'How long a certificate stays pending before it times out.', 72 * 3_600_000), 'Local cloud'),
};
