import { Type, type Static, type TObject } from 'typebox';
import { flagged, text } from './setting.ts';

const SECTION = 'Traces';
const endpoint = (description: string) => Type.Optional(Type.String({ pattern: '^https?://', description }));

/** The standard's own names. What is not here is read by the OpenTelemetry packages themselves, once there is an endpoint. */
export const TRACE_PROPERTIES = {
  OTEL_EXPORTER_OTLP_ENDPOINT: flagged(endpoint('Collector that traces are sent to by OTLP over HTTP, at `/v1/traces` below '
    + 'this URL. Left out: there are none. With it the standard\'s other variables hold as well, such as '
    + '`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER` and `OTEL_RESOURCE_ATTRIBUTES`.'), SECTION),
  OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: flagged(endpoint('The same, as the whole URL.'), SECTION),
  OTEL_SERVICE_NAME: flagged(Type.Optional(text('What the server is called in traces (`anchor-deploy`).')), SECTION),
  OTEL_SDK_DISABLED: flagged(Type.Optional(Type.Boolean({ description: 'No traces, whatever the others say.' })), SECTION),
};

export interface TraceSettings {
  /** Where spans are posted. */
  readonly url: string;
  readonly serviceName: string;
}

/** Undefined: nothing is traced, and nothing of it is loaded. */
export function traceSettings(env: Static<TObject<typeof TRACE_PROPERTIES>>): TraceSettings | undefined {
  const base = env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const url = env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT ?? (base && `${base.replace(/\/+$/, '')}/v1/traces`);
  if (url === undefined || env.OTEL_SDK_DISABLED) return undefined;
  return { url, serviceName: env.OTEL_SERVICE_NAME ?? 'anchor-deploy' };
}
