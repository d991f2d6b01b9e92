import type { Revised } from './revisions.ts';
import type { XmlElement } from './xml.ts';

/** A distribution as it is kept; plain JSON. Times in milliseconds since the epoch. */
export interface Distribution extends Revised<XmlElement> {
  readonly id: string;
  readonly arn: string;
  /** `-` for one that serves tenants only: viewers cannot reach it by a name of its own. */
  readonly domainName: string;
  readonly createdAt: number;
  readonly tags: Readonly<Record<string, string>>;
}
