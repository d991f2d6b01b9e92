import { Type } from 'typebox';
import { messageId, type Delivery as DeliveryRecord } from '../../../domain/webhook.ts';
import { BODY_PROBLEMS, LOCATION, PAGE_HEADERS, answer, noContent, problems } from '../../answers.ts';
import { PageQuery } from '../../common-schemas.ts';
import { ref } from '../../component.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import {
  DELIVERY_EXAMPLE, Delivery, DeliveryParams, DeliveryQuery, WEBHOOK_EXAMPLE, WITH_SECRET_EXAMPLE, Webhook,
  WebhookChanges, WebhookInput, WebhookParams, WebhookWithSecret, deliveryView, webhookView,
} from './schemas.ts';

const tags = ['Webhooks'];
const list = '/projects/:projectId/webhooks';
const one = `${list}/:webhookId`;
const config = { grant: 'admin' } as const;
/** The secret is told once: an answer that is given again does not have it. */
const tellingSecret = { ...config, secrets: ['secret'] };

export function webhookRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.post(list, {
    config: tellingSecret,
    schema: {
      operationId: 'createWebhook', tags, summary: 'Create a webhook',
      description: 'Events of the project are sent to the URL from now on, each at least once and in no particular '
        + 'order, until it answers with a status of 200 to 299; for up to three days. Messages are signed by the '
        + 'Standard Webhooks specification with the `secret` of the answer, which is not shown again.',
      params: ProjectParams, body: ref(WebhookInput),
      response: {
        201: answer('The webhook with its secret.', ref(WebhookWithSecret), WITH_SECRET_EXAMPLE, LOCATION),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'project_busy', 'too_many_webhooks'),
      },
    },
  }, async ({ params: { projectId }, body, run }, reply) => {
    const { webhook, secret } = await operations.createWebhook(projectId, body, run);
    return reply.code(201).header('location', `/projects/${projectId}/webhooks/${webhook.webhookId}`)
      .header('cache-control', 'no-store').send({ ...webhookView(webhook), secret });
  });

  app.get(list, {
    config,
    schema: {
      operationId: 'listWebhooks', tags, summary: 'List the webhooks of a project', description: 'Newest first.',
      params: ProjectParams, querystring: PageQuery,
      response: {
        200: answer('One page of webhooks.', Type.Array(ref(Webhook)), [WEBHOOK_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request', 'project_not_found'),
      },
    },
  }, async (request, reply) => (
    pageBody(request.url, reply, await operations.listWebhooks(request.params.projectId, request.query), webhookView)));

  app.get(one, {
    config,
    schema: {
      operationId: 'getWebhook', tags, summary: 'Read a webhook', description: 'All but its secret.',
      params: WebhookParams,
      response: {
        200: answer('The webhook.', ref(Webhook), WEBHOOK_EXAMPLE), ...problems('project_not_found', 'webhook_not_found'),
      },
    },
  }, async ({ params }) => webhookView(await operations.getWebhook(params.projectId, params.webhookId)));

  app.patch(one, {
    config,
    schema: {
      operationId: 'changeWebhook', tags, summary: 'Change a webhook',
      description: 'Deliveries that are on their way go to the new URL.',
      params: WebhookParams, body: ref(WebhookChanges),
      response: {
        200: answer('The webhook after the change.', ref(Webhook), WEBHOOK_EXAMPLE),
        ...problems(...BODY_PROBLEMS, 'project_not_found', 'webhook_not_found', 'project_busy'),
      },
    },
  }, async ({ params, body }) => webhookView(await operations.changeWebhook(params.projectId, params.webhookId, body)));

  app.delete(one, {
    config,
    schema: {
      operationId: 'deleteWebhook', tags, summary: 'Delete a webhook', description: 'What was not delivered yet is dropped.',
      params: WebhookParams,
      response: { 204: noContent('The webhook is gone.'), ...problems('project_not_found', 'webhook_not_found') },
    },
  }, async ({ params }, reply) => {
    await operations.deleteWebhook(params.projectId, params.webhookId);
    return reply.code(204).send(null);
  });

  app.post(`${one}/rotate-secret`, {
    config: tellingSecret,
    schema: {
      operationId: 'rotateWebhookSecret', tags, summary: 'Give a webhook a new secret',
      description: 'For a day messages are signed with both, the new secret and the one before it, so that the receiver '
        + 'can be changed in between. Rotated again, the oldest ends at once.',
      params: WebhookParams,
      response: {
        200: answer('The webhook with its new secret.', ref(WebhookWithSecret), WITH_SECRET_EXAMPLE),
        ...problems('project_not_found', 'webhook_not_found', 'project_busy'),
      },
    },
  }, async ({ params }, reply) => {
    const { webhook, secret } = await operations.rotateWebhookSecret(params.projectId, params.webhookId);
    return reply.header('cache-control', 'no-store').send({ ...webhookView(webhook), secret });
  });

  deliveryRoutes(app, { operations });
}

function deliveryRoutes(app: RouteScope, { operations }: Pick<RouteDeps, 'operations'>): void {
  const view = (delivery: DeliveryRecord) => deliveryView(delivery, messageId(delivery));

  app.get(`${one}/deliveries`, {
    config,
    schema: {
      operationId: 'listDeliveries', tags, summary: 'List the deliveries of a webhook',
      description: 'Newest first. They are kept for ten days.',
      params: WebhookParams, querystring: DeliveryQuery,
      response: {
        200: answer('One page of deliveries.', Type.Array(ref(Delivery)), [DELIVERY_EXAMPLE], PAGE_HEADERS),
        ...problems('invalid_request', 'project_not_found', 'webhook_not_found'),
      },
    },
  }, async (request, reply) => {
    const { params: { projectId, webhookId }, query: { state, ...page } } = request;
    return pageBody(request.url, reply, await operations.listDeliveries(projectId, webhookId, { state }, page), view);
  });

  app.post(`${one}/deliveries/:deliveryId/resend`, {
    config,
    schema: {
      operationId: 'resendDelivery', tags, summary: 'Send a delivery again',
      description: 'As soon as can be, whatever became of it before. The message is the same to the byte, and so is its '
        + '`webhook-id`.',
      params: DeliveryParams,
      response: {
        202: answer('It is on its way.', ref(Delivery), { ...DELIVERY_EXAMPLE, state: 'pending' as const }),
        ...problems('project_not_found', 'webhook_not_found', 'delivery_not_found'),
      },
    },
  }, async ({ params: { projectId, webhookId, deliveryId } }, reply) => (
    reply.code(202).send(view(await operations.resendDelivery(projectId, webhookId, deliveryId)))));
}
