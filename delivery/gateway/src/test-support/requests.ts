// Single requests to a test gateway with any credentials, for tests of who may do what.
import assert from 'node:assert/strict';
import { exchange } from './raw-exchange.js';
import type { RawAnswer, RawRequest } from './raw-s3.js';
import { foreignCredentials, type TestGateway } from './test-gateway.js';

export interface SendOptions extends Omit<RawRequest, 'method' | 'path' | 'query'> {
  readonly body?: string;
}

export type Send = (method: string, target: string, options?: SendOptions) => Promise<RawAnswer>;

/** `target` is path and query; names without a value are sent as they are. */
export function sender(test: () => TestGateway): Send {
  return async (method, target, { body, headers, ...options } = {}) => {
    const [path = '/', search = ''] = target.split('?');
    const query = Object.fromEntries(new URLSearchParams(search));
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const request = { ...options, method, path, query, headers: { ...length, ...headers } };
    const answer = await exchange(test(), request, ...(body === undefined ? [] : [body]));
    assert.ok(answer, `an answer to ${method} ${target}`);
    return answer;
  };
}

export const anonymous = { credentials: 'none' } as const;
export const foreign = { credentials: foreignCredentials } as const;

/** Holds if the answer has this status, and this code if one is given. */
export function assertAnswer(answer: RawAnswer, status: number, code?: string): void {
  assert.deepEqual([answer.status, answer.code], [status, code], answer.body);
}

export function headerOf({ head }: RawAnswer, name: string): string | undefined {
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1]?.trim();
}
