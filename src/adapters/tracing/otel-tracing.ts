import { FastifyOtelInstrumentation } from '@fastify/otel';
import {
  context, diag, DiagLogLevel, propagation, SpanKind, SpanStatusCode, trace, type DiagLogger, type Span,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { FastifyInstance } from 'fastify';
import type { SpanAttributes, Tracing } from '../../ports/tracing.ts';
import { withoutSecretsIn } from './redacting-exporter.ts';
import { requestSpans } from './request-spans.ts';

/** Everything of OpenTelemetry is loaded with this file, which is why nobody imports it at the start. */
export interface OtelTracing extends Tracing {
  /** Adds a span for each request to an app that has no routes yet. */
  readonly traceRequests: (app: FastifyInstance) => Promise<void>;
  /** For every line of the log that is written in the course of a span. */
  readonly logFields: () => { readonly traceId?: string; readonly spanId?: string };
  /** Sends what has not been sent yet, for some seconds at most. */
  close(): Promise<void>;
}

export interface OtelParts {
  /** Where spans are posted by OTLP over HTTP. */
  readonly url: string;
  readonly serviceName: string;
  /** Told when traces cannot be delivered, for instance. */
  readonly onProblem: (message: string) => void;
}

/** Longest wait for the collector; also at the end, which must not take long. */
const EXPORT_TIMEOUT_MS = 3_000;

/** Context and propagation are the process's: open it once. */
export function otelTracing({ url, serviceName, onProblem }: OtelParts): OtelTracing {
  diag.setLogger(problemsOnly(onProblem), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(detectResources({ detectors: [envDetector] }))
      .merge(resourceFromAttributes({ 'service.name': serviceName })),
    spanProcessors: [new BatchSpanProcessor(withoutSecretsIn(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_TIMEOUT_MS })))],
  });
  const tracer = provider.getTracer('anchor-deploy');
  const fastify = new FastifyOtelInstrumentation({
    // What requests do is told by the spans below them; hooks and handlers would be as many again.
    instrumentHooks: false, instrumentHandler: false, recordExceptions: false, ...requestSpans.options,
  });
  fastify.setTracerProvider(provider);
  return {
    span: (described, work) => tracer.startActiveSpan(
      described.name,
      { kind: described.kind === 'client' ? SpanKind.CLIENT : SpanKind.INTERNAL, attributes: known(described.attributes) },
      (span) => ended(span, () => work({ set: (attributes) => { span.setAttributes(known(attributes)); } })),
    ),
    traceRequests: async (app) => {
      await app.register(fastify.plugin());
      requestSpans.follow(app);
    },
    logFields: () => {
      const active = trace.getActiveSpan()?.spanContext();
      return active ? { traceId: active.traceId, spanId: active.spanId } : {};
    },
    close: async () => {
      await provider.shutdown().catch((error: unknown) => onProblem(String(error)));
      context.disable();
      propagation.disable();
      diag.disable();
    },
  };
}

async function ended<T>(span: Span, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
    throw error;
  } finally {
    span.end();
  }
}

function known(attributes: SpanAttributes): Record<string, string | number> {
  return Object.fromEntries(Object.entries(attributes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

function problemsOnly(tell: (message: string) => void): DiagLogger {
  const ignore = () => undefined;
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore };
}
