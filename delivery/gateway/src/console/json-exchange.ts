// Requests and answers of the console's own API: JSON both ways, refusals as RFC 9457.
import type { IncomingMessage, ServerResponse } from 'node:http';

const maxBodyBytes = 16 * 1024;

/** A refusal that is sent as it is. `code` is stable; pages choose their text by it. */
export class ConsoleProblem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

/** Fields of a JSON object with texts and numbers. Throws ConsoleProblem. */
export async function readFields(request: IncomingMessage): Promise<Readonly<Record<string, string>>> {
  const type = String(request.headers['content-type'] ?? '');
  if (!/^application\/json\s*(;|$)/i.test(type)) throw invalid('The body must be JSON.');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new ConsoleProblem(413, 'TooLarge', `A request has at most ${maxBodyBytes} bytes.`);
    chunks.push(chunk);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw invalid('The body is not valid JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('The body must be an object.');
  const fields: Record<string, string> = {};
  for (const [name, field] of Object.entries(value)) {
    if (typeof field !== 'string' && typeof field !== 'number') throw invalid('Fields must be texts or numbers.');
    fields[name] = String(field);
  }
  return fields;
}

export function invalid(message: string): ConsoleProblem {
  return new ConsoleProblem(400, 'InvalidRequest', message);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, status, 'application/json', JSON.stringify(value));
}

export function sendProblem(response: ServerResponse, { status, code, message, headers }: ConsoleProblem): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  send(response, status, 'application/problem+json', JSON.stringify({ status, code, detail: message }));
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  if (response.headersSent || response.destroyed) return;
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(status, { 'content-type': type, 'content-length': bytes.length, 'cache-control': 'no-store' });
  response.end(bytes);
}
