// One request to the admin API of a gateway (docs/operations/admin-api.md).
import { CessError } from '@cess/primitives';
import { type StorageRequest, send } from '../storage/send.js';
import type { StorageClient } from '../storage/storage-client.js';

export interface AdminRequest {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  /** Below `/admin/v1`, decoded. */
  readonly path: string;
  readonly query?: StorageRequest['query'];
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}

/** The answer in JSON; undefined where there is none. Throws `GATEWAY_OPERATION_REFUSED`, `GATEWAY_ANSWER_MALFORMED`, `STORAGE_UNREACHABLE`. */
export async function callAdmin<T>(
  storage: StorageClient,
  { method = 'GET', path, query, body, signal }: AdminRequest,
): Promise<T> {
  const response = await send(storage, {
    method,
    path: `/admin/v1${path}`,
    service: 'cess',
    ...(query === undefined ? {} : { query }),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal,
    accepts: refusals,
  });
  const text = await response.text();
  const answer = jsonOf(path, text);
  if (response.ok) return answer as T;
  const {
    code = '',
    detail,
    operationCode,
  } = Object(answer) as { code?: string; detail?: string; operationCode?: string };
  const message = `${method} ${path} was refused (${operationCode ?? code}): ${detail ?? `HTTP ${response.status}`}`;
  const data = { status: response.status, code, ...(operationCode === undefined ? {} : { operationCode }) };
  throw new CessError('GATEWAY_OPERATION_REFUSED', message, data);
}

const refusals: readonly number[] = [400, 403, 404, 405, 409, 413, 501];

function jsonOf(operation: string, text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch (cause) {
    throw new CessError('GATEWAY_ANSWER_MALFORMED', 'The gateway did not answer in JSON.', { operation }, { cause });
  }
}
