import { METRICS } from './adapters/metrics/metric-definitions.ts';
import { EnvironmentSchema } from './config.ts';
import { AWS_CALL_RATES } from './domain/call-rates.ts';
import { CHECK_SCHEDULE, leastFailureDelayMs } from './domain/check-delay.ts';
import { AWS_DOMAIN_SETTINGS, LOCAL_DOMAIN_SETTINGS } from './domain/domain-settings.ts';
import { openApiDocument } from './http/openapi-document.ts';
import { PROBLEM_KINDS } from './http/problem-kinds.ts';
import { PROBLEM_REMEDIES } from './http/problem-remedies.ts';
import {
  backOffTable, callRateTable, environmentTables, errorTable, failureTable, metricTable, operationTable,
} from './readme-tables.ts';

/** Every part of the README that comes from the code, by the name of its place there. */
export async function generatedParts(): Promise<Record<string, string>> {
  const { certificateCheckMs } = AWS_DOMAIN_SETTINGS;
  return {
    operations: operationTable(await openApiDocument()),
    settings: environmentTables(EnvironmentSchema.properties),
    'back-off': backOffTable(CHECK_SCHEDULE, certificateCheckMs, LOCAL_DOMAIN_SETTINGS.certificateCheckMs),
    failures: failureTable((attempts) => leastFailureDelayMs(certificateCheckMs, attempts)),
    'call-rates': callRateTable(AWS_CALL_RATES),
    metrics: metricTable(Object.values(METRICS)),
  };
}

/** The same for `docs/operations.md`. */
export function operationsParts(): Record<string, string> {
  return { errors: errorTable(PROBLEM_KINDS, PROBLEM_REMEDIES) };
}
