import { answer, problemsOnly } from '../../answers.ts';
import { ref } from '../../component.ts';
import { problemOf } from '../../problem.ts';
import { sendProblem } from '../../send-problem.ts';
import type { RouteScope } from '../../route-scope.ts';
import { Health, NotReady, Readiness } from './schemas.ts';

export interface ReadinessReport {
  readonly ready: boolean;
  /** By part: `ok`, or what is wrong with it in words. */
  readonly checks: Readonly<Record<string, string>>;
}

const tags = ['Health'];

const NOT_READY_EXAMPLE = {
  ...problemOf('not_ready', '0b6d5f0c-5d3e-4f3f-9d5b-3f3f0f6f2a77', 'store: the disk is full.'),
  ready: false,
  checks: { store: 'the disk is full', worker: 'ok' },
};

export function healthRoutes(app: RouteScope, readiness: () => Promise<ReadinessReport>): void {
  app.get('/healthz', {
    config: { grant: 'open' },
    schema: {
      operationId: 'getHealth', tags, summary: 'Is the process alive?', description: 'Looks at nothing else.',
      response: { 200: answer('It is.', ref(Health), { status: 'ok' }), ...problemsOnly('internal_error') },
    },
  }, async () => ({ status: 'ok' as const }));

  app.get('/readyz', {
    config: { grant: 'open' },
    schema: {
      operationId: 'getReadiness', tags, summary: 'Can requests be served?',
      description: 'Looks at the store and the worker.',
      response: {
        200: answer('They can.', ref(Readiness), { ready: true, checks: { store: 'ok', worker: 'ok' } }),
        503: {
          description: 'They cannot; `checks` says why.',
          content: { 'application/problem+json': { schema: ref(NotReady), example: NOT_READY_EXAMPLE } },
        },
        ...problemsOnly('internal_error'),
      },
    },
  }, async (request, reply) => {
    const { ready, checks } = await readiness();
    if (ready) return { ready, checks };
    const broken = Object.entries(checks).filter(([, state]) => state !== 'ok');
    const detail = broken.map(([part, state]) => `${part}: ${state}.`).join(' ');
    return sendProblem(reply, { ...problemOf('not_ready', request.id, detail), ready, checks });
  });
}
