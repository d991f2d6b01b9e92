import type { DomainSettings } from '../domain/domain-settings.ts';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Certificates } from '../ports/certificates.ts';
import type { Clock } from '../ports/clock.ts';
import type { CloudError } from '../ports/cloud-error.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { Dns } from '../ports/dns.ts';
import type { Ids } from '../ports/ids.ts';
import type { Stores } from '../ports/stores.ts';
import type { Tenants } from '../ports/tenants.ts';
import type { PendingWatch } from './pending-watch.ts';
import type { EventSettings } from './record-events.ts';
import type { Tokens } from '../ports/tokens.ts';

/** What custom domains work with. */
export interface DomainDeps {
  readonly stores: Stores;
  readonly certificates: Certificates;
  readonly distributions: Distributions;
  readonly tenants: Tenants;
  /** The worker's, to look at many certificates at once; without it each is asked for itself. */
  readonly pending?: Pick<PendingWatch, 'look'>;
  readonly dns: Dns;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly tokens: Tokens;
  readonly defaults: ProjectDefaults;
  readonly settings: DomainSettings;
  /** Domains of the platform itself: nothing at or below them can be a custom domain. */
  readonly platformDomains: readonly string[];
  readonly events?: EventSettings;
  /** Told of every AWS call that failed; the work itself goes on later. `key` is a domain's or distribution's id. */
  readonly onCloudError: (key: string, error: CloudError) => void;
}

/** What one pass came to: more can be done at once, not before `dueAt`, or the record is gone. */
export type Pass = 'again' | 'later' | 'gone';
