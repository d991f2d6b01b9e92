import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { DOMAIN_STATUSES } from '../../../domain/domain-view.ts';
import type { EventType } from '../../../domain/event.ts';
import { DeploymentId, DomainId, OperationId, EXAMPLE_TIME, id } from '../../common-schemas.ts';
import { nullable, nullableInteger, oneOf, orNull } from '../../component.ts';
import { AliasDrift } from '../projects/follow-up-schemas.ts';

const kind = oneOf(['rollback', 'promote', 'undo'], {
  title: 'OperationKind', description: 'The kind of operation.', examples: ['rollback'],
});
const ofOperation = { operationId: OperationId, kind };
const ofFailure = {
  ...ofOperation, cause: nullable({ description: 'Why, in words to act on.', examples: ['Lambda throttled the move.'] }),
};
const someDeployment = (description: string) => nullable({ description, examples: ['dep_01k5hq7p3w8g2m'] });
const someOperation = (description: string) => nullable({ description, examples: ['op_01k5hq6j4b0s5v'] });
const version = (description: string) => nullable({ description, examples: ['7'] });
const projectName = { name: Type.String({ description: 'The project\'s name.', examples: ['Storefront'] }) };

const ofDeployment = {
  deploymentId: DeploymentId,
  version: Type.String({ description: 'The caller\'s name for the build.', examples: ['2026.3.2'] }),
  status: oneOf(['building', 'deployed', 'failed'], {
    title: 'DeploymentStatus', description: 'How far the build is.', examples: ['deployed'],
  }),
};
const ofDomain = {
  domainId: DomainId,
  domain: Type.String({ description: 'The host name.', examples: ['shop.example.com'] }),
};
const message = Type.String({
  description: 'What it means and what to do, for people.', examples: ['The domain is served over HTTPS.'],
});
const ofAlarm = { ...ofDomain, message };
const ofWebhook = {
  webhookId: id('The webhook.', 'whk_01k5hq8s5f1c9a'),
  host: Type.String({ description: 'The host of its URL.', examples: ['hooks.example.com'] }),
};
const status = (description: string) =>
  oneOf([...DOMAIN_STATUSES], { title: 'DomainStatus', description, examples: ['active'] });

const aliasDrift = (role: string) => orNull(AliasDrift, {
  description: `The ${role} alias: the version that was left there, and what was found. Null when it is where it should be.`,
  examples: [{ expected: '7', found: '8', weights: {} }],
});

interface EventKind {
  readonly name: string;
  readonly description: string;
  readonly data: Readonly<Record<string, TSchema>>;
  /** What clients call the data, where several types of event tell the same. */
  readonly dataName?: string;
}

/** Every type of event there is. */
export const EVENT_KINDS: Readonly<Record<EventType, EventKind>> = {
  'project.created': { name: 'ProjectCreated', description: 'The project was created.', data: projectName, dataName: 'ProjectEventData' },
  'project.changed': {
    name: 'ProjectChanged', description: 'Settings of the project were changed.',
    data: { changed: Type.Array(Type.String(), { description: 'Names of the settings.', examples: [['name']] }) },
  },
  'project.deleted': { name: 'ProjectDeleted', description: 'The project was deleted.', data: projectName, dataName: 'ProjectEventData' },
  'project.pinned': {
    name: 'ProjectPinned', description: 'What is live was pinned.',
    data: {
      reason: Type.String({ description: 'Why.', examples: ['checkout fails'] }),
      expiresAt: nullableInteger({
        description: 'When the pin ends by itself. Milliseconds since the Unix epoch.', examples: [EXAMPLE_TIME],
      }),
      operationId: someOperation('The rollback that set it; null for a pin set by hand.'),
    },
  },
  'project.unpinned': {
    name: 'ProjectUnpinned', description: 'The pin was lifted.',
    data: { operationId: someOperation('The undo that lifted it; null when it was lifted by hand.') },
  },
  'deployment.registered': { name: 'DeploymentRegistered', description: 'A build was registered.', data: ofDeployment, dataName: 'DeploymentEventData' },
  'deployment.finished': { name: 'DeploymentFinished', description: 'A build came to its end.', data: ofDeployment, dataName: 'DeploymentEventData' },
  'operation.started': {
    name: 'OperationStarted', description: 'A change of what is live began. It is told when it has ended.',
    data: {
      ...ofOperation,
      targetDeploymentId: someDeployment('The deployment to be made live.'),
      reason: nullable({ description: 'Why, in the caller\'s words.', examples: ['checkout fails'] }),
    },
  },
  'operation.step': {
    name: 'OperationStepDone', description: 'One step of an operation.',
    data: {
      ...ofOperation,
      name: Type.String({ description: 'What was done.', examples: ['move server alias to version 7'] }),
      outcome: oneOf(['ok', 'failed'], { title: 'StepOutcome', description: 'How it ended.', examples: ['ok'] }),
    },
  },
  'operation.succeeded': {
    name: 'OperationSucceeded', description: 'What was to be live is live.',
    data: {
      ...ofOperation,
      deploymentId: someDeployment('The deployment that is live; null when none is known of what is.'),
      previousVersion: version('The server version that was live before.'),
      newVersion: version('The server version that is live.'),
    },
  },
  'operation.failed': {
    name: 'OperationFailed', description: 'It failed, and every alias is where it was.', data: ofFailure, dataName: 'OperationFailureEventData',
  },
  'operation.undone': {
    name: 'OperationUndone', description: 'Its server died on the way, and what it had moved was put back.',
    data: ofFailure, dataName: 'OperationFailureEventData',
  },
  'live.confirmed': {
    name: 'LiveConfirmed', description: 'The site was seen to answer with what an operation made live.',
    data: {
      operationId: OperationId,
      deploymentId: someDeployment('The deployment that is live.'),
      liveAfterMs: nullableInteger({ description: 'Milliseconds from the operation\'s start.', examples: [640] }),
    },
  },
  'domain.added': { name: 'DomainAdded', description: 'A custom domain was added.', data: ofDomain, dataName: 'DomainEventData' },
  'domain.status_changed': {
    name: 'DomainStatusChanged', description: 'The status of a custom domain changed.',
    data: { ...ofAlarm, from: status('The status before.'), to: status('The status now.') },
  },
  'domain.renewal_at_risk': {
    name: 'DomainRenewalAtRisk', description: 'The certificate of a domain cannot be renewed as things are.',
    data: ofAlarm, dataName: 'DomainAlarmEventData',
  },
  'domain.drift_found': {
    name: 'DomainDriftFound', description: 'Somebody else changed how a domain is served.',
    data: ofAlarm, dataName: 'DomainAlarmEventData',
  },
  'domain.removed': { name: 'DomainRemoved', description: 'A domain is gone from the project.', data: ofDomain, dataName: 'DomainEventData' },
  'webhook.created': { name: 'WebhookCreated', description: 'A webhook was created.', data: ofWebhook, dataName: 'WebhookEventData' },
  'webhook.changed': { name: 'WebhookChanged', description: 'A webhook, or its secret, was changed.', data: ofWebhook, dataName: 'WebhookEventData' },
  'webhook.deleted': { name: 'WebhookDeleted', description: 'A webhook was deleted.', data: ofWebhook, dataName: 'WebhookEventData' },
  'drift.found': {
    name: 'DriftFound', description: 'An alias is not where the last operation left it.',
    data: { server: aliasDrift('server'), image: aliasDrift('image') },
  },
};

export const EVENT_TYPES = Object.keys(EVENT_KINDS) as [EventType, ...EventType[]];
