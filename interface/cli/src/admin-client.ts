// The admin API of the gateway (docs/operations/admin-api.md).
import { CessError } from '@cess/primitives';
import { z } from 'zod';
import { type GatewayCredentials, gatewayUnreachable, signedHeaders } from './signed-request.js';

const timeoutMs = 60_000;
const problemSchema = z.object({ code: z.string(), detail: z.string() });

export interface AdminQuery {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON. */
  readonly body?: object;
}

export class AdminClient {
  constructor(private readonly credentials: GatewayCredentials) {}

  /** The answer of a route, as `schema` describes it. Throws `GATEWAY_REFUSED`, `GATEWAY_UNREACHABLE`. */
  async call<T>(path: string, schema: z.ZodType<T>, { method = 'GET', query = {}, body }: AdminQuery = {}): Promise<T> {
    const { endpoint } = this.credentials;
    const text = body === undefined ? '' : JSON.stringify(body);
    const stated = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const request = { method, path: `/admin/v1${path}`, query: stated, service: 'cess' as const, body: text };
    const search = stated.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
    let response: Response;
    try {
      response = await fetch(`${endpoint}${request.path}${search === '' ? '' : `?${search}`}`, {
        method,
        headers: signedHeaders(request, this.credentials),
        ...(text === '' ? {} : { body: text }),
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw gatewayUnreachable(endpoint, cause);
    }
    const answer = await response.text();
    if (response.ok) return schema.parse(answer === '' ? undefined : JSON.parse(answer));
    throw refused(response.status, answer);
  }
}

function refused(status: number, text: string): CessError<'GATEWAY_REFUSED'> {
  const problem = problemSchema.safeParse(tryParse(text));
  const { code, detail } = problem.success
    ? problem.data
    : { code: '', detail: `The gateway answered HTTP ${status}; it may be of an older version.` };
  return new CessError('GATEWAY_REFUSED', code === '' ? detail : `${code}: ${detail}`, { code });
}

function tryParse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
