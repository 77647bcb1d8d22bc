// Load that costs its own process little, so that the rate is that of the servers: requests are signed and written out beforehand,
// and an answer is read only as far as its status and length.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { invariant } from '@cess/primitives';
import { type Request, signedHeaders } from './s3.js';

const lineEnd = '\r\n';
const headEnd = Buffer.from(lineEnd + lineEnd);

/** A signed request as it is sent. */
export function preparedRequest(request: Request): Buffer {
  const head = [`${request.method} ${request.path} HTTP/1.1`];
  for (const [name, value] of Object.entries(signedHeaders(request))) head.push(`${name}: ${value}`);
  return Buffer.concat([Buffer.from(head.join(lineEnd)), headEnd, ...request.body.pieces]);
}

/** Sends every request over kept connections, one at a time on each. Each answer is 200 with a body of this length. */
export async function sendPrepared(
  endpoint: string,
  requests: readonly Buffer[],
  { connections, bodyLength }: { readonly connections: number; readonly bodyLength: number },
): Promise<void> {
  const { hostname, port } = new URL(endpoint);
  let next = 0;
  const lane = async (): Promise<void> => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    try {
      for (let request = requests[next++]; request !== undefined; request = requests[next++]) {
        const { status, length } = await answerTo(socket, request);
        invariant(status === 200 && length === bodyLength, `an answer was ${status} with ${length} bytes`);
      }
    } finally {
      socket.destroy();
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
}

interface Answer {
  readonly status: number;
  readonly length: number;
}

function answerTo(socket: Socket, request: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    let head: Buffer = Buffer.alloc(0);
    let answer: Answer | undefined;
    let missing = 0;
    const settle = (then: () => void) => {
      socket.off('data', onData).off('error', onError).off('close', onClose);
      then();
    };
    const onError = (error: Error) => settle(() => reject(error));
    const onClose = () => onError(new Error('the connection closed before the answer was whole'));
    const onData = (chunk: Buffer) => {
      let received = chunk.length;
      if (answer === undefined) {
        head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
        const end = head.indexOf(headEnd);
        if (end < 0) return;
        answer = parseHead(head.toString('latin1', 0, end));
        missing = answer.length;
        received = head.length - end - headEnd.length;
      }
      missing -= received;
      const whole = answer;
      if (missing <= 0) settle(() => resolve(whole));
    };
    socket.on('data', onData).on('error', onError).on('close', onClose);
    socket.write(request);
  });
}

function parseHead(head: string): Answer {
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  invariant(length !== undefined, `an answer has a length: ${head}`);
  return { status: Number(head.split(' ', 2)[1]), length: Number(length) };
}
