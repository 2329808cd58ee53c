/**
 * Checks of input by the schemas of the table of routes. Query texts are read as the numbers and booleans that the schema
 * wants; a fault becomes a problem that names the fields.
 */
import { NAME_PATTERN, NAME_RULE } from '@fernsight/base';
import type { TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import { RequestFault } from '../ingest/requestFault.ts';

/** Faults told in one reply: enough to mend a request by. */
const FAULTS_SHOWN = 10;

export type Check = (value: unknown) => unknown;

/** Compiled once a process, however often a cloud is opened in it. */
const compiledChecks = new WeakMap<TSchema, Validator>();

/** @returns a function that gives the value back, or throws a RequestFault with this status */
export function checkOf(schema: TSchema, status: number): Check {
  const compiled = compiledChecks.get(schema) ?? Compile(schema);
  compiledChecks.set(schema, compiled);
  return (value) => {
    if (compiled.Check(value)) return value;
    const errors = compiled
      .Errors(value)
      .slice(0, FAULTS_SHOWN)
      .map((error) => ({ pointer: error.instancePath, detail: detailOf(error) }));
    const [first] = errors;
    const where = first === undefined || first.pointer === '' ? 'the input' : first.pointer;
    throw new RequestFault(status, `${where} ${first?.detail ?? 'is not as it should be'}`, {
      hint: 'GET /openapi.json describes every field',
      errors,
    });
  };
}

/** In words: of an enumeration its members, and not the pattern of a name, from which nobody reads what one may hold. */
function detailOf({ keyword, params, message }: ReturnType<Validator['Errors']>[number]): string {
  if (message.includes(NAME_PATTERN)) return `must be a name: ${NAME_RULE}`;
  if (keyword !== 'enum') return message;
  const allowed = params.allowedValues.map((value) => JSON.stringify(value));
  return `must be one of ${allowed.join(', ')}`;
}

/** @returns query texts as the types their schema names; what cannot be read stays text and fails the check */
export function readQuery(
  query: Readonly<Record<string, unknown>>,
  schema: TSchema | undefined,
): Readonly<Record<string, unknown>> {
  const types = propertyTypes(schema);
  const read = Object.entries(query).map(([key, value]) => [key, readAs(types.get(key), value)]);
  return Object.fromEntries(read);
}

function readAs(type: string | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value;
  if (type !== 'integer' && type !== 'number') return value;
  const number = Number(value);
  return value.trim() === '' || Number.isNaN(number) ? value : number;
}

function propertyTypes(schema: TSchema | undefined): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  if (schema === undefined || !('properties' in schema)) return types;
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null) return types;
  for (const [name, property] of Object.entries(properties)) {
    if (typeof property === 'object' && property !== null && 'type' in property) {
      types.set(name, String(property.type));
    }
  }
  return types;
}
