import { Type } from 'typebox';
import { eventIdAt } from '../../../domain/event.ts';
import { PAGE_HEADERS, answer, problems } from '../../answers.ts';
import { ref } from '../../component.ts';
import { asksForStream, sendEvents, untilClosed } from '../../event-stream.ts';
import { pageBody } from '../../page-reply.ts';
import type { RouteDeps, RouteScope } from '../../route-scope.ts';
import { ProjectParams } from '../projects/schemas.ts';
import { EVENT_EXAMPLE, Event, EventHeaders, EventQuery, STREAM_EXAMPLE, eventView } from './schemas.ts';

const page = answer('One page of events; or the stream of them.', Type.Array(ref(Event)), [EVENT_EXAMPLE], PAGE_HEADERS);

const stream = {
  schema: Type.String({ description: 'Server-sent events: `id`, `event` (the type), and `data`, which is an event as JSON.' }),
  example: STREAM_EXAMPLE,
};

export function eventRoutes(app: RouteScope, { operations }: RouteDeps): void {
  app.get('/projects/:projectId/events', {
    config: { grant: 'viewer' },
    schema: {
      operationId: 'listEvents', tags: ['Events'], summary: 'List or follow the events of a project',
      description: 'What happened, newest first; with `Accept: text/event-stream` as a stream, oldest first, as it is '
        + 'recorded. A stream that is cut off is taken up again with `Last-Event-ID` at any server of the installation: '
        + 'nothing is missed and nothing comes twice. It is ended after some minutes, so that its caller is checked anew; '
        + 'browsers\' `EventSource` connects again by itself. The events of a deleted project can be read for as long as '
        + 'they are kept.',
      params: ProjectParams, querystring: EventQuery, headers: EventHeaders,
      response: {
        200: { ...page, content: { ...page.content, 'text/event-stream': stream } },
        ...problems('invalid_request', 'project_not_found', 'too_many_streams'),
      },
    },
  }, async (request, reply) => {
    const { params: { projectId }, query: { type, ...at }, headers } = request;
    if (!asksForStream(request.method, headers.accept)) {
      return pageBody(request.url, reply, await operations.listEvents(projectId, { type }, at), eventView);
    }
    const known = headers['last-event-id'];
    const after = known === undefined ? undefined : eventIdAt(Number(known));
    return sendEvents(reply, await operations.followEvents(projectId, { type, after, signal: untilClosed(reply) }));
  });
}
