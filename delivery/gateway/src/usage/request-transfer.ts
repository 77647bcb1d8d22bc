// Bytes of one request and its answer. The head of a request, and often its body, arrive before the request is served, and the socket
// counts its bytes for all requests of a connection: so the received bytes are those of the head as HTTP/1.1 writes it and of the body
// that was read. Answers of a connection are written one after the other: the sent bytes are those since the end of the one before.
// Framing of chunked request bodies and TLS is not counted.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface RequestTransfer {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Of connections: what is counted for their earlier requests. */
const counted = new WeakMap<Socket, number>();

/**
 * Call it when a request begins, and its result when the request is served: `onTransfer` is called once its answer is written, or its
 * connection is gone; never for an answer that waited behind another one when the connection ended.
 */
export function measureTransfer(
  request: IncomingMessage,
  response: ServerResponse,
  body: { readonly receivedBytes: number },
): (onTransfer: (transfer: RequestTransfer) => void) => void {
  const { socket } = request;
  let sentBytes: number | undefined;
  let onSent: (() => void) | undefined;
  const sent = () => {
    if (sentBytes !== undefined) return;
    sentBytes = socket.bytesWritten - (counted.get(socket) ?? 0);
    counted.set(socket, socket.bytesWritten);
    onSent?.();
  };
  // Before the listener of Node.js, which begins to write the next answer.
  response.prependOnceListener('finish', sent);
  response.once('close', sent);
  return (onTransfer) => {
    onSent = () => onTransfer({ receivedBytes: headBytes(request) + body.receivedBytes, sentBytes: sentBytes ?? 0 });
    if (sentBytes !== undefined) onSent();
    else if (socket.destroyed) sent();
  };
}

/** `GET /path HTTP/1.1`, a line `name: value` for each field, and an empty line (RFC 9112 §2.1). Node gives one character for each byte. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const startLine = method.length + url.length + ' '.length + ' HTTP/1.1\r\n'.length;
  const fields = rawHeaders.reduce((sum, text) => sum + text.length + ': '.length, 0);
  return startLine + fields + '\r\n'.length;
}
