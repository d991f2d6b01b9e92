import type { Revised } from './revisions.ts';

/** A connection group as it is kept; plain JSON. Times in milliseconds since the epoch. */
export interface ConnectionGroup extends Revised<ConnectionGroupConfig> {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  /** What the CNAMEs of its tenants' domains have to lead to. */
  readonly routingEndpoint: string;
  /** Made by CloudFront for tenants that name no group. */
  readonly isDefault: boolean;
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface ConnectionGroupConfig {
  readonly enabled: boolean;
  readonly ipv6Enabled: boolean;
}
