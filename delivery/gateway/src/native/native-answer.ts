// Answers of the native API, as clients of DeOSS know them.
import type { ServerResponse } from 'node:http';
import type { toRefusal } from './native-error.js';

/** `more`: further members beside `data`. */
export function sendData(response: ServerResponse, data: unknown, more: Readonly<Record<string, unknown>> = {}): void {
  sendJson(response, 200, { code: 200, msg: 'ok', data, ...more });
}

/** A range has been received and others are to come. The SDK expects `null` as the body. */
export function sendContinue(response: ServerResponse, received: number, contentRange: string | undefined): void {
  sendJson(response, 308, null, {
    ...(received === 0 ? {} : { range: `bytes=0-${received - 1}` }),
    ...(contentRange === undefined ? {} : { 'content-range': contentRange }),
  });
}

export function sendRefusal(response: ServerResponse, refusal: ReturnType<typeof toRefusal>, requestId: string): void {
  const { status, code, message: msg, headers } = refusal;
  sendJson(response, status, { code: status, msg, data: null, error: code, requestId }, headers);
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.from(JSON.stringify(value), 'utf8');
  const type = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  response.writeHead(status, { ...headers, ...type, 'content-length': bytes.length });
  response.end(bytes);
}
