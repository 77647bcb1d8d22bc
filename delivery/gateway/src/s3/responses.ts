// Writers of complete S3 answers.
import type { ServerResponse } from 'node:http';

export function sendXml(
  response: ServerResponse,
  status: number,
  xml: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendBody(response, status, Buffer.from(xml, 'utf8'), { ...headers, 'content-type': 'application/xml' });
}

export function sendBody(
  response: ServerResponse,
  status: number,
  body: Uint8Array,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}

export function sendEmpty(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { ...headers, ...(status === 204 || status === 304 ? {} : { 'content-length': '0' }) });
  response.end();
}
