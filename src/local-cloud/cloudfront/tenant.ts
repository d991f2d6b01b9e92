import type { Revised } from './revisions.ts';
import { textAt } from './xml.ts';
import type { XmlElement } from './xml.ts';

/** A distribution tenant as it is kept; plain JSON. Times in milliseconds since the epoch. */
export interface Tenant extends Revised<TenantConfig> {
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

export interface TenantConfig {
  readonly distributionId: string;
  readonly connectionGroupId: string;
  /** Lower case. */
  readonly domains: readonly string[];
  readonly enabled: boolean;
  /** `Customizations` as it was sent. */
  readonly customizations?: XmlElement | undefined;
  /** `Parameters` as it was sent. */
  readonly parameters?: XmlElement | undefined;
}

/** Without a group, CloudFront takes the account's default one. */
export type SentTenantConfig = Omit<TenantConfig, 'connectionGroupId'> & { readonly connectionGroupId?: string };

/** The tenant's own certificate; undefined when it has that of its distribution. */
export function ownCertificateOf({ customizations }: SentTenantConfig): string | undefined {
  return textAt(customizations, 'Certificate', 'Arn') || undefined;
}

export function webAclOf({ customizations }: TenantConfig): string | undefined {
  return textAt(customizations, 'WebAcl', 'Arn') || undefined;
}
