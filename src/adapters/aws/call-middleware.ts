import type { HandlerExecutionContext, MiddlewareStack } from '@smithy/types';
import type { CloudErrorKind } from '../../ports/cloud-error.ts';
import { NO_TRACING, type Tracing } from '../../ports/tracing.ts';
import { noteEarlierUnanswered, toCloudError } from './aws-error.ts';

/** One SDK call as its caller saw it, retries included. */
export interface ObservedCall {
  readonly service: string;
  /** The API's own name, e.g. `UpdateAlias`. */
  readonly operation: string;
  readonly durationMs: number;
  readonly outcome: 'ok' | CloudErrorKind;
}

export type CallObserver = (call: ObservedCall) => void;

export interface CallMiddlewareOptions {
  /** Bound for one attempt, from asking for a connection to the whole answer, in milliseconds. */
  readonly attemptTimeoutMs: number;
  readonly onCall?: CallObserver | undefined;
  readonly tracing?: Tracing | undefined;
}

/**
 * Adds to a client: a bound on every attempt's whole answer; the memory, over the SDK's own retries,
 * of attempts that were never answered; and the observer.
 */
export function addCallMiddleware<I extends object, O extends object>(
  stack: MiddlewareStack<I, O>, service: string, options: CallMiddlewareOptions,
): void {
  const { tracing = NO_TRACING } = options;
  const unanswered = new WeakSet<HandlerExecutionContext>();

  // Innermost of the finalize step: inside the retry loop, around sending and reading one answer.
  stack.add((next, context) => async (args) => {
    try {
      return await withinTime(next(args), options.attemptTimeoutMs);
    } catch (error) {
      const kind = toCloudError(error, service, operationOf(context)).kind;
      if (kind === 'unknown_outcome') unanswered.add(context);
      throw error;
    }
  }, { step: 'finalizeRequest', priority: 'low', name: 'anchorAttempt', override: true });

  stack.add((next, context) => async (args) => {
    const operation = operationOf(context);
    const attributes = { 'rpc.system': 'aws-api', 'rpc.service': service, 'rpc.method': operation };
    return tracing.span({ name: `${service} ${operation}`, kind: 'client', attributes }, async (span) => {
      const startedAt = performance.now();
      const report = (outcome: ObservedCall['outcome']) => {
        options.onCall?.({ service, operation, durationMs: performance.now() - startedAt, outcome });
        span.set({ 'anchor.outcome': outcome });
      };
      try {
        const result = await next(args);
        report('ok');
        return result;
      } catch (error) {
        if (unanswered.has(context)) noteEarlierUnanswered(error);
        report(toCloudError(error, service, operation).kind);
        throw error;
      }
    });
  }, { step: 'initialize', priority: 'high', name: 'anchorCall', override: true });
}

function operationOf(context: HandlerExecutionContext): string {
  return String(context.commandName).replace(/Command$/, '');
}

async function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(timeoutError(timeoutMs)), timeoutMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Named as the SDK's own, so that its retry strategy treats it as one. */
function timeoutError(timeoutMs: number): Error {
  return Object.assign(new Error(`no whole answer within ${timeoutMs} ms`), { name: 'TimeoutError' });
}
