// JSON-RPC 2.0 requests as they come in. The id is kept as the text that the client sent: a number above 2^53 would lose
// digits as a JavaScript number, and the client would wait for its answer for ever.
import type { Params } from './method.js';
import type { NamedParams } from './parameter-names.js';

/** Text of an id in JSON. */
export type RawId = string;
export const nullId: RawId = 'null';

export interface RpcRequest {
  /** Undefined in a notification, which is executed and not answered. */
  readonly id: RawId | undefined;
  readonly method: string;
  readonly params: Params | NamedParams;
}

export type ReadRequest =
  | { readonly ok: true; readonly request: RpcRequest }
  | { readonly ok: false; readonly id: RawId };

/** Reads one request; `rawId` is the text of its id where the parsed one is a number. `null` parameters are none. */
export function readRequest(message: unknown, rawId: RawId | undefined): ReadRequest {
  if (typeof message !== 'object' || message === null) return { ok: false, id: nullId };
  const { jsonrpc, id, method, params } = message as Record<string, unknown>;
  const isId = typeof id === 'string' || typeof id === 'number' || id === null;
  if (id !== undefined && !isId) return { ok: false, id: nullId };
  const echoed = typeof id === 'number' ? (rawId ?? String(id)) : id === undefined ? undefined : JSON.stringify(id);
  const list = params ?? [];
  if (jsonrpc !== '2.0' || typeof method !== 'string' || typeof list !== 'object') {
    return { ok: false, id: echoed ?? nullId };
  }
  return { ok: true, request: { id: echoed, method, params: list as Params | NamedParams } };
}

/** Texts of the top-level ids of a valid message, one for each request of a batch; the last of duplicates counts. */
export function rawIdsOf(text: string, isBatch: boolean): (RawId | undefined)[] {
  const ids: (RawId | undefined)[] = [];
  const memberDepth = isBatch ? 2 : 1;
  let depth = 0;
  let key = '';
  let before = '';
  for (const token of tokensOf(text)) {
    if (depth === memberDepth - 1 && token !== ',' && token !== ']') ids.push(undefined);
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (depth === memberDepth && before === ':') {
      if (key === 'id') ids[ids.length - 1] = token;
    } else if (depth === memberDepth && token.startsWith('"')) key = JSON.parse(token) as string;
    before = token;
  }
  return ids;
}

const marks = '{}[]:,';
const spaces = ' \t\r\n';

/** Tokens of valid JSON. */
function* tokensOf(text: string): IterableIterator<string> {
  for (let at = 0; at < text.length; ) {
    const start = at++;
    const first = text.charAt(start);
    if (spaces.includes(first)) continue;
    if (first === '"') at = stringEnd(text, start);
    else if (!marks.includes(first)) {
      while (at < text.length && !marks.includes(text.charAt(at)) && !spaces.includes(text.charAt(at))) at++;
    }
    yield text.slice(start, at);
  }
}

/** Position after the string that starts at `start`. */
function stringEnd(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); ; quote = text.indexOf('"', quote + 1)) {
    let slashes = 0;
    while (text.charAt(quote - 1 - slashes) === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
  }
}
