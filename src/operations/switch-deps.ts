import type { FollowUpSettings } from '../domain/follow-up-settings.ts';
import type { ProjectDefaults } from '../domain/project.ts';
import type { Clock } from '../ports/clock.ts';
import type { Distributions } from '../ports/distributions.ts';
import type { Functions } from '../ports/functions.ts';
import type { Ids } from '../ports/ids.ts';
import type { Probe } from '../ports/probe.ts';
import type { Stores } from '../ports/stores.ts';
import type { EventSettings } from './record-events.ts';
import type { LeaseMetrics } from './while-leased.ts';

/** What a change of live works with. */
export interface SwitchDeps {
  readonly stores: Stores;
  readonly functions: Functions;
  readonly distributions: Pick<Distributions, 'invalidate'>;
  readonly probe: Probe;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly defaults: ProjectDefaults;
  readonly settings: SwitchSettings;
  readonly events?: EventSettings;
  readonly metrics?: LeaseMetrics;
  /** Runs work that no answer waits for; shutdown waits for it. Errors are logged, never thrown. */
  readonly inBackground: (task: () => Promise<unknown>) => void;
}

export interface SwitchSettings {
  readonly aliasName: string;
  /** How long an operation holds its project before another replica may take it over. */
  readonly leaseMs: number;
  /** After this no further attempt is started for a request; what is unfinished is finished in the background. */
  readonly budgetMs: number;
  /** What happens after a switch. */
  readonly followUps: FollowUpSettings;
}
