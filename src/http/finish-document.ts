import { addLinks, type LinkedOperation } from './document-links.ts';
import { nameSchemas } from './name-schemas.ts';
import { BODY_OPTIONAL } from './optional-body.ts';

interface Document {
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Route>>>>;
}

interface Schema {
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, { readonly enum?: readonly string[] }>>;
  readonly oneOf?: readonly { readonly $ref: string }[];
  readonly discriminator?: { readonly propertyName: string; mapping?: Readonly<Record<string, string>> };
}

interface Route extends LinkedOperation {
  parameters?: Parameter[];
  readonly requestBody?: Body;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  required?: boolean;
  readonly schema: { readonly default?: unknown; examples?: readonly unknown[] };
  example?: unknown;
}

interface Body {
  required: boolean;
  readonly content: Readonly<Record<string, { readonly schema: { readonly $ref: string }; example?: unknown }>>;
}

/** The order in which the functions of generated clients take them. */
const PLACES: readonly Parameter['in'][] = ['path', 'query', 'header'];

/**
 * Shows each body's example beside the body too, where documentation tools look for it, and copies
 * the parts that routes share, which would come out as YAML anchors.
 */
export function finishDocument<T extends object>(document: T): T {
  const own = nameSchemas(structuredClone(document) as T & Document);
  for (const schema of Object.values(own.components.schemas)) tellApart(schema, own.components.schemas);
  const routes = operationsOf(own);
  for (const media of routes.flatMap((route) => Object.values(route.requestBody?.content ?? {}))) {
    media.example = own.components.schemas[nameIn(media.schema.$ref)]?.examples?.[0];
  }
  for (const { operationId, requestBody } of routes) {
    if (requestBody && BODY_OPTIONAL.includes(operationId)) requestBody.required = false;
  }
  for (const route of routes) if (route.parameters) route.parameters = asToldToClients(route.parameters);
  const copied = JSON.parse(JSON.stringify(own)) as T & Document;
  addLinks(operationsOf(copied));
  return copied;
}

function operationsOf({ paths }: Document): Route[] {
  return Object.values(paths).flatMap((path) => Object.values(path));
}

/**
 * What has a default is always there for the server, but need not be sent. And whatever stands in a parameter's own example is
 * filled in and sent by whoever tries the operation out: a cursor of another list, a filter, an Idempotency-Key that was used
 * already. In its schema the example is only shown.
 */
function asToldToClients(parameters: readonly Parameter[]): Parameter[] {
  const told = parameters.map(({ required = false, example, ...parameter }) => {
    if (required && parameter.schema.default === undefined) return { ...parameter, required, example };
    return { ...parameter, schema: { ...parameter.schema, ...(example !== undefined && { examples: [example] }) } };
  });
  return told.sort((one, other) => PLACES.indexOf(one.in) - PLACES.indexOf(other.in));
}

/** Which value is which schema, where it does not say: the validator of bodies refuses to be told. */
function tellApart({ discriminator, oneOf = [] }: Schema, schemas: Document['components']['schemas']): void {
  if (!discriminator) return;
  const { propertyName } = discriminator;
  discriminator.mapping ??= Object.fromEntries(oneOf.flatMap(({ $ref }) =>
    (schemas[nameIn($ref)]?.properties?.[propertyName]?.enum ?? []).map((value) => [value, $ref])));
}

function nameIn($ref: string): string {
  return $ref.replace('#/components/schemas/', '');
}
