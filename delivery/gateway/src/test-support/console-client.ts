// A browser as the console's server sees it, without the browser: cookies, origin, the token of the session.
import type { TestGateway } from './test-gateway.js';

export interface ConsoleAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

export interface ConsoleRequest {
  readonly method?: string;
  readonly body?: string | object;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ConsoleClient {
  cookie = '';
  csrfToken = '';
  readonly endpoint: string;

  constructor({ gateway }: Pick<TestGateway, 'gateway'>) {
    this.endpoint = gateway.consoleEndpoint ?? '';
  }

  /** As a page of the console sends it; `headers` replace its own, those that are empty are left out. */
  async send(path: string, { method = 'GET', body, headers = {} }: ConsoleRequest = {}): Promise<ConsoleAnswer> {
    const isJson = typeof body === 'object';
    const own: Record<string, string> = {
      origin: this.endpoint,
      'sec-fetch-site': 'same-origin',
      'x-cess-csrf': this.csrfToken,
      cookie: this.cookie,
      ...(isJson ? { 'content-type': 'application/json' } : {}),
      ...headers,
    };
    const sent = Object.entries(own).filter(([, value]) => value !== '');
    const content = body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body };
    const response = await fetch(`${this.endpoint}${path}`, { method, headers: sent, redirect: 'manual', ...content });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: text.startsWith('{') ? JSON.parse(text) : {},
    };
  }

  /** Keeps the cookie and the token. */
  async signIn(fields: Readonly<Record<string, string>>): Promise<ConsoleAnswer> {
    const answer = await this.send('/api/session', { method: 'POST', body: fields });
    const [cookie = ''] = (answer.headers.get('set-cookie') ?? '').split(';');
    if (cookie !== '') this.cookie = cookie;
    this.csrfToken = String(answer.json['csrfToken'] ?? '');
    return answer;
  }
}
