import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { withoutSecrets } from '../../domain/secret-texts.ts';

/** What spans say goes the way of the log: paths and messages of errors may quote what a caller sent. */
export function withoutSecretsIn(exporter: SpanExporter): SpanExporter {
  return {
    export: (spans, done) => exporter.export(spans.map(redacted), done),
    shutdown: () => exporter.shutdown(),
  };
}

function redacted(span: ReadableSpan): ReadableSpan {
  const attributes = Object.fromEntries(Object.entries(span.attributes).map(
    ([name, value]) => [name, typeof value === 'string' ? withoutSecrets(value) : value]));
  const { code, message } = span.status;
  const status = message === undefined ? { code } : { code, message: withoutSecrets(message) };
  return Object.create(span, { attributes: { value: attributes }, status: { value: status } }) as ReadableSpan;
}
