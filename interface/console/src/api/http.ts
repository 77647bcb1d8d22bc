// Requests to the console's own server. Every change states the token of the session.

export class ApiError extends Error {
  constructor(
    readonly status: number,
    /** Of S3, of IAM, of the admin API or of the console; `Offline` without an answer. */
    readonly code: string,
    message: string,
    readonly retryAfterSeconds?: number,
  ) {
    super(message);
  }
}

let csrfToken = '';
let onSignedOut: () => void = () => {};

export function setCsrfToken(token: string): void {
  csrfToken = token;
}

export function csrfHeaders(): Readonly<Record<string, string>> {
  return { 'x-cess-csrf': csrfToken };
}

/** Called when the server no longer knows the session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

/** Throws ApiError for every answer but 2xx. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('x-cess-csrf', csrfToken);
  let response: Response;
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' });
  } catch (cause) {
    if (init.signal?.aborted === true) throw cause;
    throw new ApiError(0, 'Offline', 'The gateway cannot be reached.');
  }
  if (response.ok) return response;
  throw errorOf(response.status, await response.text(), response.headers.get('retry-after'));
}

export async function sendJson<T>(path: string, method = 'GET', body?: object): Promise<T> {
  const init =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
  const response = await send(path, { method, ...init });
  return (response.status === 204 ? {} : await response.json()) as T;
}

/** What an answer says: problems in JSON, S3 errors in XML. */
export function errorOf(status: number, text: string, retryAfter: string | null): ApiError {
  // Operations of IAM have codes of their own within the problem.
  const ofOperation = /"operationCode":"(\w+)"/.exec(text)?.[1];
  const code =
    ofOperation ?? /"code":"(\w+)"/.exec(text)?.[1] ?? /<Code>(\w+)<\/Code>/.exec(text)?.[1] ?? `Status${status}`;
  const message = detailOf(text) ?? /<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? `The answer has status ${status}.`;
  if (code === 'SignedOut' || code === 'InvalidAccessKeyId' || code === 'ExpiredToken') onSignedOut();
  return new ApiError(status, code, message, retryAfter === null ? undefined : Number(retryAfter));
}

function detailOf(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text) as { readonly detail?: string; readonly title?: string };
    return detail ?? title;
  } catch {
    // XML, or a page of a proxy.
    return undefined;
  }
}
