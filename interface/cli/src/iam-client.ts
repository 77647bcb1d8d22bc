// Operations of IAM and STS at the gateway, with answers in JSON.
import { CessError } from '@cess/primitives';
import { z } from 'zod';
import { type GatewayCredentials, gatewayUnreachable, signedHeaders } from './signed-request.js';

export type Fields = Readonly<Record<string, string | undefined>>;

const timeoutMs = 30_000;
const refusalSchema = z.object({
  ErrorResponse: z.object({ Error: z.object({ Code: z.string(), Message: z.string() }) }),
});
const pageSchema = z.object({ IsTruncated: z.boolean(), Marker: z.string().optional() });

export class IamClient {
  constructor(private readonly credentials: GatewayCredentials) {}

  /** The result of an operation, as `schema` describes it. Throws `GATEWAY_REFUSED`, `GATEWAY_UNREACHABLE`. */
  async call<T>(action: string, fields: Fields, schema: z.ZodType<T>): Promise<T> {
    const answer = await this.#send(action.startsWith('sts:') ? 'sts' : 'iam', action.replace(/^sts:/, ''), fields);
    return schema.parse(answer);
  }

  /** An operation whose result nobody needs. */
  async perform(action: string, fields: Fields): Promise<void> {
    await this.#send('iam', action, fields);
  }

  /** All entries of a list, page by page. */
  async list<T>(action: string, fields: Fields, list: string, schema: z.ZodType<T>): Promise<readonly T[]> {
    const entries: T[] = [];
    let marker: string | undefined;
    do {
      const page = await this.#send('iam', action, { ...fields, MaxItems: '1000', Marker: marker });
      entries.push(...z.array(schema).parse((page as Record<string, unknown>)[list]));
      const { IsTruncated, Marker } = pageSchema.parse(page);
      marker = IsTruncated ? Marker : undefined;
    } while (marker !== undefined);
    return entries;
  }

  async #send(service: 'iam' | 'sts', action: string, fields: Fields): Promise<unknown> {
    const { endpoint } = this.credentials;
    const stated = Object.entries({ Action: action, ...fields }).filter(
      (field): field is [string, string] => field[1] !== undefined,
    );
    const body = new URLSearchParams(stated).toString();
    const headers = signedHeaders({ method: 'POST', path: '/', service, body }, this.credentials);
    const type = 'application/x-www-form-urlencoded; charset=utf-8';
    let response: Response;
    try {
      response = await fetch(`${endpoint}/`, {
        method: 'POST',
        headers: { ...headers, 'content-type': type, accept: 'application/json' },
        body,
        signal: AbortSignal.timeout(timeoutMs),
      });
    } catch (cause) {
      throw gatewayUnreachable(endpoint, cause);
    }
    const answer: unknown = await response.json().catch((cause: unknown) => {
      throw new CessError('GATEWAY_REFUSED', `${endpoint} does not answer as a CESS gateway.`, { code: '' }, { cause });
    });
    if (response.ok) return resultOf(action, answer);
    const refusal = refusalSchema.safeParse(answer);
    const { Code, Message } = refusal.success
      ? refusal.data.ErrorResponse.Error
      : { Code: '', Message: `The gateway answered HTTP ${response.status}.` };
    throw new CessError('GATEWAY_REFUSED', Code === '' ? Message : `${Code}: ${Message}`, { code: Code });
  }
}

function resultOf(action: string, answer: unknown): unknown {
  const responses = z.record(z.string(), z.record(z.string(), z.unknown())).parse(answer);
  return responses[`${action}Response`]?.[`${action}Result`];
}
