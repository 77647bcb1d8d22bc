// PUT and GET of objects by presigned requests, the same for every server: rates, latencies, and the CPU time of all its processes.
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { delay } from '@cess/primitives';
import { presignedUrl } from '@cess/signature-v4';
import { cpuOf } from '../background/cpu.js';
import type { Credentials } from '../gateway/s3.js';

const maxAttempts = 5;

export interface Server {
  readonly endpoint: string;
  readonly credentials: Credentials;
  /** All its processes. */
  all(): readonly number[];
}

export interface Cell {
  readonly method: 'PUT' | 'GET';
  readonly size: number;
  readonly connections: number;
  readonly requests: number;
}

export interface Outcome {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly megabytesPerCpuSecond: number;
  readonly cpuMs: number;
}

/** Sends the requests of a cell; `PUT` and `GET` of the same size and number use the same keys. */
export async function measureCell(server: Server, bucket: string, cell: Cell, body: Buffer): Promise<Outcome> {
  const { method, size, connections, requests } = cell;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  const cpuBefore = cpuSeconds(server);
  const startedMs = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < requests) {
      const url = presigned(server, method, `/${bucket}/${size}-${connections}-${next++}`);
      const sentMs = performance.now();
      await send(url, method, agent, method === 'PUT' ? body : undefined, size);
      latencies.push(performance.now() - sentMs);
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  const seconds = (performance.now() - startedMs) / 1000;
  const cpu = cpuSeconds(server) - cpuBefore;
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? 0;
  return {
    perSecond: requests / seconds,
    p50: at(0.5),
    p99: at(0.99),
    megabytesPerCpuSecond: (requests * size) / 1e6 / cpu,
    cpuMs: (cpu * 1000) / requests,
  };
}

export async function createBucket(server: Server, bucket: string): Promise<void> {
  await send(presigned(server, 'PUT', `/${bucket}`), 'PUT', new Agent(), Buffer.alloc(0), 0);
}

function cpuSeconds(server: Server): number {
  const { foreground, background } = cpuOf(server.all());
  return foreground + background;
}

/** Sends again after an answer of 503, as SDKs do. */
async function send(url: string, method: string, agent: Agent, body: Buffer | undefined, size: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const headers = body === undefined ? {} : { 'content-length': body.length };
    const outgoing = request(url, { method, agent, headers });
    outgoing.end(body);
    const [response] = await once(outgoing, 'response');
    let length = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) length += chunk.length;
    if (response.statusCode === 200 && (method === 'PUT' || length === size)) return;
    if (response.statusCode !== 503 || attempt === maxAttempts)
      throw new Error(`${method} answered ${response.statusCode} with ${length} bytes`);
    await delay(attempt * 200);
  }
}

/** A URL that is valid for an hour. */
function presigned({ endpoint, credentials }: Server, method: string, path: string): string {
  return presignedUrl({ method, endpoint, path, expiresSeconds: 3600 }, credentials, Date.now());
}
