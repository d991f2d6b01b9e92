import { Type } from 'typebox';
import type { Static } from 'typebox';
import { component, nullable, nullableInteger, oneOf, ref } from '../../component.ts';
import type { Operation } from '../../../domain/operation.ts';

export const CacheOutcome = component('CacheOutcome', Type.Object({
  state: oneOf(['off', 'pending', 'done', 'failed'], {
    title: 'CacheState',
    description: '`off`: the project has no distribution or wants no invalidation. `done`: CloudFront has accepted it, and '
      + 'ends it in about a minute.',
    examples: ['done'],
  }),
  invalidationId: nullable({ description: 'CloudFront\'s id of the invalidation.', examples: ['I2J0I21PCUYOIK'] }),
  detail: nullable({ description: 'Why it failed, or what holds it up.', examples: [null] }),
}, { description: 'Whether CloudFront was told to forget the other build.' }));

export const ProofOutcome = component('ProofOutcome', Type.Object({
  state: oneOf(['off', 'pending', 'confirmed', 'failed', 'superseded'], {
    title: 'ProofState',
    description: '`off`: the project has no probe. `confirmed`: five answers in a row were the target\'s. `superseded`: '
      + 'what is live was changed again before that.',
    examples: ['confirmed'],
  }),
  liveAfterMs: nullableInteger({
    description: 'From the operation\'s start to the first of the five answers that proved it, in milliseconds.',
    examples: [840],
  }),
  detail: nullable({ description: 'Why it was not proven.', examples: [null] }),
}, { description: 'Whether the site was seen to answer with the target.' }));

export const CACHE_EXAMPLE: Static<typeof CacheOutcome> = { state: 'done', invalidationId: 'I2J0I21PCUYOIK', detail: null };
export const PROOF_EXAMPLE: Static<typeof ProofOutcome> = { state: 'confirmed', liveAfterMs: 840, detail: null };

export const outcomeFields = {
  cache: Type.Unsafe<Static<typeof CacheOutcome> | null>({
    anyOf: [ref(CacheOutcome), { type: 'null' }], examples: [CACHE_EXAMPLE],
    description: 'For `succeeded`: what came of the cache. It goes on after the operation has ended.',
  }),
  proof: Type.Unsafe<Static<typeof ProofOutcome> | null>({
    anyOf: [ref(ProofOutcome), { type: 'null' }], examples: [PROOF_EXAMPLE],
    description: 'For `succeeded`: what came of the proof of live. It goes on after the operation has ended.',
  }),
};

export function outcomesView({ cache, proof }: Operation) {
  return {
    cache: cache ? { state: cache.state, invalidationId: cache.invalidationId ?? null, detail: cache.detail ?? null } : null,
    proof: proof ? { state: proof.state, liveAfterMs: proof.liveAfterMs ?? null, detail: proof.detail ?? null } : null,
  };
}
