import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EVENT_ID_PATTERN, type Event as EventRecord } from '../../../domain/event.ts';
import { EXAMPLE_TIME, ProjectId, pageQueryWith, time } from '../../common-schemas.ts';
import { component, nullable, oneOf, ref } from '../../component.ts';
import { EVENT_KINDS, EVENT_TYPES } from './data-schemas.ts';

export const EventActor = component('EventActor', Type.Object({
  caller: Type.String({ description: 'Who asked.', examples: ['admin'] }),
  address: nullable({ description: 'The IP address the request came from.', examples: ['203.0.113.7'] }),
  requestId: nullable({
    description: 'The `x-request-id` of the request.', examples: ['0b6d5f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77'],
  }),
}, { description: 'Who asked for a change, from where, and by which request.' }));

const ACTOR_EXAMPLE = { caller: 'admin', address: '203.0.113.7', requestId: '0b6d5f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77' };

const EventId = Type.String({
  description: 'Its place in the project\'s record. Ids sort in the order in which events were recorded.',
  pattern: EVENT_ID_PATTERN, examples: ['000000000000042'],
});

const COMPONENT_OF = Object.fromEntries(EVENT_TYPES.map((type) => {
  const { name, description, data, dataName = `${name}EventData` } = EVENT_KINDS[type];
  return [type, component(`${name}Event`, Type.Object({
    id: EventId,
    type: Type.Literal(type, { description: 'The type of event.', examples: [type] }),
    projectId: ProjectId,
    at: time('When it happened.'),
    recordedAt: time('When it was recorded.'),
    actor: Type.Unsafe<Static<typeof EventActor> | null>({
      anyOf: [ref(EventActor), { type: 'null' }], examples: [ACTOR_EXAMPLE],
      description: 'Null for what Anchor did or found by itself.',
    }),
    data: Type.Object(data, {
      title: dataName, description: 'What this type of event tells.', examples: [exampleOf(data)],
    }),
  }, { description }))];
}));

export interface EventView {
  readonly id: string;
  readonly type: string;
  readonly projectId: string;
  readonly at: number;
  readonly recordedAt: number;
  readonly actor: Static<typeof EventActor> | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export const Event = component('Event', Type.Unsafe<EventView>({
  oneOf: Object.values(COMPONENT_OF).map((each) => ref(each)),
  discriminator: {
    propertyName: 'type',
    mapping: Object.fromEntries(Object.entries(COMPONENT_OF).map(([type, { $id }]) => [type, `#/components/schemas/${$id}`])),
  },
  description: 'Something that happened in a project. More types may come; skip those you do not know.',
}));

export const EVENT_COMPONENTS = [EventActor, ...Object.values(COMPONENT_OF), Event];

export const EventQuery = pageQueryWith({
  type: Type.Optional(oneOf(EVENT_TYPES, {
    title: 'EventType', description: 'Only events of this type.', examples: ['operation.succeeded'],
  })),
});

export const EventHeaders = Type.Object({
  'last-event-id': Type.Optional(Type.String({
    description: 'For a stream: the id of the last event you know. What came after it is sent first. Left out: only '
      + 'what is recorded from now on is sent; `0` is everything that is kept.',
    pattern: '^[0-9]{1,15}$', examples: ['000000000000042'],
  })),
});

export const EVENT_EXAMPLE: EventView = {
  id: '000000000000042', type: 'operation.succeeded', projectId: 'prj_01k5hq3v7m9e8w',
  at: EXAMPLE_TIME, recordedAt: EXAMPLE_TIME + 130, actor: ACTOR_EXAMPLE,
  data: exampleOf(EVENT_KINDS['operation.succeeded'].data),
};

export const STREAM_EXAMPLE = `id: ${EVENT_EXAMPLE.id}\nevent: ${EVENT_EXAMPLE.type}\ndata: ${JSON.stringify(EVENT_EXAMPLE)}\n\n`;

export function eventView({ eventId, type, projectId, at, recordedAt, actor, data }: EventRecord): EventView {
  return {
    id: eventId, type, projectId, at, recordedAt,
    actor: actor ? { caller: actor.caller, address: actor.address ?? null, requestId: actor.requestId ?? null } : null,
    data: withNulls(EVENT_KINDS[type].data, data),
  };
}

/** What an event does not know is null, as everywhere in the API. */
function withNulls(fields: object, data: object): Readonly<Record<string, unknown>> {
  const known = data as Readonly<Record<string, unknown>>;
  return Object.fromEntries(Object.entries(fields as Readonly<Record<string, { readonly properties?: object }>>)
    .map(([name, { properties }]) => [name, properties && known[name] ? withNulls(properties, known[name]) : known[name] ?? null]));
}

function exampleOf(fields: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields as Readonly<Record<string, { readonly examples?: readonly unknown[] }>>)
    .map(([name, { examples }]) => [name, examples?.[0] ?? null]));
}
