// One signed request to a gateway: repeated where that is safe and may help, and its refusal as an error.
import { aborted, CessError, delay, isAbort, isCessError, isRetryable, messageOf, webRng } from '@cess/primitives';
import { sha256Hex, signedHeaders, urlOf } from '@cess/signature-v4';
import { answerLimitMs, withIdleLimit, withinMs } from './idle-limit.js';
import type { StorageClient } from './storage-client.js';
import { textOfElement } from './xml.js';

export interface StorageRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Decoded: `/bucket/key`. */
  readonly path: string;
  readonly service?: 's3' | 'iam' | 'sts' | 'cess';
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  /** Lower-case names; undefined ones are left out. */
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: Uint8Array | string;
  readonly signal?: AbortSignal | undefined;
  /** Statuses besides 2xx that are an answer. */
  readonly accepts?: readonly number[];
}

const firstPauseMs = 200;
const mostPauseMs = 5_000;

/** The answer, whose body is not read yet. Throws `STORAGE_…` and `ABORTED`. */
export async function send(storage: StorageClient, request: StorageRequest): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await sendOnce(storage, request);
    } catch (error) {
      if (!isRetryable(error) || attempt >= storage.attempts) throw error;
      await delay(pauseMs(attempt), request.signal);
    }
  }
}

/** Grows with the attempts, and differs between clients. */
function pauseMs(attempt: number): number {
  const [share = 0] = webRng.bytes(1);
  return Math.min(mostPauseMs, firstPauseMs * 2 ** (attempt - 1)) * (0.5 + share / 512);
}

async function sendOnce(storage: StorageClient, request: StorageRequest): Promise<Response> {
  const { method, path, service = 's3', body, signal, accepts = [] } = request;
  if (signal?.aborted) throw aborted();
  const query = statedPairs(request.query).map(([name, value]) => [name, String(value)] as const);
  const headers = Object.fromEntries(statedPairs(request.headers));
  const payloadHash = await payloadHashOf(body);
  const credentials = { ...(await storage.credentials()), region: storage.region };
  const { endpoint } = storage;
  const signed = signedHeaders(
    { method, endpoint, path, service, query, headers, payloadHash },
    credentials,
    storage.nowMs(),
  );
  // The platform sets it, and refuses it from others.
  const { host: _, ...sent } = signed;
  const ask = (until: AbortSignal) =>
    storage.fetch(urlOf(endpoint, path, query), {
      method,
      headers: sent,
      signal: until,
      ...(body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> | string }),
    });
  const limitMs = answerLimitMs(storage.idleTimeoutMs, body?.length ?? 0);
  let response: Response;
  try {
    response = withIdleLimit(await withinMs({ limitMs, signal }, ask), storage.idleTimeoutMs);
  } catch (cause) {
    if (isCessError(cause, 'STORAGE_TIMEOUT')) throw cause;
    if (isAbort(cause)) throw aborted(cause);
    const message = `The gateway at ${endpoint} cannot be reached: ${messageOf(cause)}.`;
    throw new CessError('STORAGE_UNREACHABLE', message, {}, { cause });
  }
  if (response.ok || accepts.includes(response.status)) return response;
  throw await refusalOf(response, request);
}

/** Hashing off the main thread where the platform has it. */
async function payloadHashOf(body: Uint8Array | string | undefined): Promise<string> {
  const { crypto } = globalThis;
  if (typeof body !== 'object' || crypto?.subtle === undefined) return sha256Hex(body ?? '');
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', body as Uint8Array<ArrayBuffer>));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function statedPairs<T>(record: Readonly<Record<string, T | undefined>> = {}): (readonly [string, T])[] {
  return Object.entries(record).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
}

async function refusalOf(response: Response, { method, path }: StorageRequest): Promise<CessError> {
  const text = await response.text().catch(() => '');
  const { status } = response;
  const code = textOfElement(text, 'Code') ?? '';
  const requestId = response.headers.get('x-amz-request-id') ?? '';
  const said = textOfElement(text, 'Message') ?? `the gateway answered HTTP ${status}`;
  const message = `${method} ${path} was refused${code === '' ? '' : ` (${code})`}: ${said}`;
  if (status === 404) return new CessError('STORAGE_NOT_FOUND', message, { code, requestId });
  if (status === 412) return new CessError('STORAGE_OBJECT_CHANGED', message);
  return new CessError('STORAGE_REFUSED', message, { status, code, requestId });
}
