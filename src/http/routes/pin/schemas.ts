import { Type } from 'typebox';
import type { Static } from 'typebox';
import { EXAMPLE_END, EXAMPLE_TIME, Reason, STRICT, time } from '../../common-schemas.ts';
import { LONG, component, nullable, nullableInteger } from '../../component.ts';
import type { Pin as PinRecord } from '../../../domain/project.ts';

export const PinInput = component('PinInput', Type.Object({
  reason: Reason,
  expiresAt: Type.Optional(Type.Integer({
    ...LONG,
    description: 'When the pin ends by itself: milliseconds since the Unix epoch, in the future. Left out: never.',
    minimum: 0, maximum: Number.MAX_SAFE_INTEGER, examples: [EXAMPLE_END],
  })),
}, {
  ...STRICT, description: 'Keeps what is live.',
  examples: [{ reason: 'checkout fails in 2026.3.2', expiresAt: EXAMPLE_END }],
}));

export const Pin = component('Pin', Type.Object({
  reason: Type.String({
    description: 'Why, in the words of whoever set it.', examples: ['checkout fails in 2026.3.2'],
  }),
  caller: Type.String({ description: 'Who set it.', examples: ['admin'] }),
  at: time('When it was set.'),
  expiresAt: nullableInteger({
    description: 'When it ends by itself; null for never. Milliseconds since the Unix epoch.',
    examples: [EXAMPLE_END],
  }),
  operationId: nullable({
    description: 'The rollback that set it, which an undo lifts; null for a pin set by hand.',
    examples: ['op_01k5hq6j4b0s5v'],
  }),
}, { description: 'While it stands, a promote is refused unless it overrides it.' }));

export const PIN_EXAMPLE: Static<typeof Pin> = {
  reason: 'checkout fails in 2026.3.2', caller: 'admin', at: EXAMPLE_TIME, expiresAt: EXAMPLE_END,
  operationId: null,
};

export function pinView({ reason, caller, at, expiresAt, operationId }: PinRecord): Static<typeof Pin> {
  return { reason, caller, at, expiresAt: expiresAt ?? null, operationId: operationId ?? null };
}
