// Requests in JSON (the protocol of KMS): the operation is in a header, and its parameters are a flat object.
import { IamError } from '@cess/accounts';

const target = /^TrentService\.([A-Za-z]{1,64})$/;

/** The parameters as texts, with the name of the operation as `Action`. Throws ValidationError. */
export function jsonFields(headers: Readonly<Record<string, string>>, bytes: Uint8Array): ReadonlyMap<string, string> {
  return jsonParameters(target.exec(headers['x-amz-target'] ?? '')?.[1] ?? '', bytes);
}

/** The parameters of an operation whose name is known. */
export function jsonParameters(action: string, bytes: Uint8Array): ReadonlyMap<string, string> {
  const fields = new Map([['Action', action]]);
  for (const [name, value] of Object.entries(parse(bytes))) {
    const text = textOf(name, value);
    if (text !== undefined && name !== 'Action' && name !== 'Version') fields.set(name, text);
  }
  return fields;
}

function parse(bytes: Uint8Array): object {
  if (bytes.length === 0) return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new IamError('ValidationError', 'The body is not JSON.', { cause });
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  throw new IamError('ValidationError', 'The body must be a JSON object.');
}

/** No operation here takes lists or objects; an empty one asks for nothing. */
function textOf(name: string, value: unknown): string | undefined {
  if (value === null || (Array.isArray(value) && value.length === 0)) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new IamError('UnsupportedOperationException', `This gateway does not offer ${name.slice(0, 64)}.`);
}
