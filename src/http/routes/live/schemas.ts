import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EXAMPLE_TIME, OperationId, time } from '../../common-schemas.ts';
import { component, nullable, oneOf, ref } from '../../component.ts';
import type { Component } from '../../component.ts';
import { PIN_EXAMPLE, Pin, pinView } from '../pin/schemas.ts';
import type { AliasView as AliasRecord, LiveState as LiveRecord } from '../../../domain/live-state.ts';

const agrees = (description: string) =>
  Type.Unsafe<boolean | null>({ type: ['boolean', 'null'], description, examples: [true] });

export const AliasView = component('AliasView', Type.Object({
  functionName: Type.String({ description: 'The function on Lambda.', examples: ['storefront-server'] }),
  version: nullable({
    description: 'The version its live alias points at; null when it could not be read.', examples: ['7'],
  }),
  weights: Type.Unsafe<Record<string, number> | null>({
    type: ['object', 'null'], additionalProperties: { type: 'number' }, examples: [{ 8: 0.1 }],
    description: 'Share of the traffic (0 to 1) that goes to other versions; empty when all goes to `version`.',
  }),
  revisionId: nullable({
    description: 'The revision of the alias, which every change renews.',
    examples: ['1a5e3f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77'],
  }),
  recordedVersion: nullable({
    description: 'The version that the last operation left it at; null before the first.', examples: ['7'],
  }),
  agrees: agrees('Whether the alias is where the records say, with all traffic; null when it could not be read.'),
  error: nullable({ description: 'Why the alias could not be read.', examples: [null] }),
}, { description: 'The live alias of one function, as it is on Lambda now.' }));

export const LiveDeployment = component('LiveDeployment', Type.Object({
  deploymentId: nullable({
    description: 'The deployment that is live; null after an undo to versions of which no deployment is known.',
    examples: ['dep_01k5hq7p3w8g2m'],
  }),
  operationId: OperationId,
  at: time('When it was made live.'),
}, { description: 'What the last operation made live.' }));

export const RunningOperation = component('RunningOperation', Type.Object({
  operationId: OperationId,
  kind: oneOf(['rollback', 'promote', 'undo'], { title: 'OperationKind', description: 'What it does.', examples: ['rollback'] }),
  startedAt: time('When it began.'),
  caller: Type.String({ description: 'Who asked for it.', examples: ['admin'] }),
}, { description: 'The operation that is changing what is live.' }));

function orNull<T extends Component>(target: T, description: string, example: Static<T>) {
  return Type.Unsafe<Static<T> | null>({ anyOf: [ref(target), { type: 'null' }], description, examples: [example] });
}

const SERVER_EXAMPLE: Static<typeof AliasView> = {
  functionName: 'storefront-server', version: '7', weights: {}, revisionId: '1a5e3f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77',
  recordedVersion: '7', agrees: true, error: null,
};
const LIVE_DEPLOYMENT_EXAMPLE = {
  deploymentId: 'dep_01k5hq7p3w8g2m', operationId: 'op_01k5hq6j4b0s5v', at: EXAMPLE_TIME,
};

export const LiveState = component('LiveState', Type.Object({
  live: orNull(LiveDeployment, 'What the last operation made live; null before the first.', LIVE_DEPLOYMENT_EXAMPLE),
  server: orNull(AliasView, 'Of the server function; null when the project has none.', SERVER_EXAMPLE),
  image: orNull(AliasView, 'Of the image function; null when the project has none.', SERVER_EXAMPLE),
  agrees: agrees('Whether every alias is where the records say; null when one could not be read and no other differs.'),
  drift: Type.Array(Type.String(), {
    description: 'Each way in which an alias differs from the records, for people. While an operation runs it may be '
      + 'its doing.',
    examples: [[]],
  }),
  pin: orNull(Pin, 'The pin that stands.', PIN_EXAMPLE),
  operation: orNull(RunningOperation, 'The operation that is running.', {
    operationId: 'op_01k5hq6j4b0s5v', kind: 'rollback', startedAt: EXAMPLE_TIME, caller: 'admin',
  }),
}, { description: 'What is live: by the records of the project, and by the aliases on Lambda.' }));

export const LIVE_EXAMPLE: Static<typeof LiveState> = {
  live: LIVE_DEPLOYMENT_EXAMPLE, server: SERVER_EXAMPLE, image: null, agrees: true, drift: [], pin: PIN_EXAMPLE,
  operation: null,
};

export function liveView(state: LiveRecord): Static<typeof LiveState> {
  const { live, server, image, drift, pin, operation } = state;
  return {
    live: live && { deploymentId: live.deploymentId ?? null, operationId: live.operationId, at: live.at },
    server: aliasView(server),
    image: aliasView(image),
    agrees: state.agrees,
    drift: [...drift],
    pin: pin && pinView(pin),
    operation: operation && {
      operationId: operation.operationId, kind: operation.kind, startedAt: operation.startedAt,
      caller: operation.caller,
    },
  };
}

function aliasView(view: AliasRecord | null): Static<typeof AliasView> | null {
  return view && { ...view, weights: view.weights && { ...view.weights } };
}
