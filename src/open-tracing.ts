import type { OtelTracing } from './adapters/tracing/otel-tracing.ts';
import type { TraceSettings } from './trace-settings.ts';

export type OpenTracing = OtelTracing;

/** Loads what traces need, which takes time and memory, only when they are wanted. */
export async function openTracing(
  settings: TraceSettings | undefined, onProblem: (message: string) => void,
): Promise<OpenTracing | undefined> {
  if (!settings) return undefined;
  const { otelTracing } = await import('./adapters/tracing/otel-tracing.ts');
  return otelTracing({ ...settings, onProblem });
}
