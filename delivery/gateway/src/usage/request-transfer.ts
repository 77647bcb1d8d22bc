// Bytes of one request and its answer. The head of a request, and often its body, arrive before the request is served, and the socket
// counts its bytes for all requests of a connection: so the received bytes are those of the head as HTTP/1.1 writes it and of the body
// that was read. Framing of chunked bodies and TLS is not counted.
import type { IncomingMessage } from 'node:http';

export interface RequestTransfer {
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** Call it when a request begins, and its result when the request is answered. */
export function measureTransfer(
  request: IncomingMessage,
  body: { readonly receivedBytes: number },
): () => RequestTransfer {
  const { socket } = request;
  const sentBefore = socket.bytesWritten;
  return () => ({
    receivedBytes: headBytes(request) + body.receivedBytes,
    sentBytes: socket.bytesWritten - sentBefore,
  });
}

/** `GET /path HTTP/1.1`, a line `name: value` for each field, and an empty line (RFC 9112 §2.1). Node gives one character for each byte. */
function headBytes({ method = '', url = '', rawHeaders }: IncomingMessage): number {
  const startLine = method.length + url.length + ' '.length + ' HTTP/1.1\r\n'.length;
  const fields = rawHeaders.reduce((sum, text) => sum + text.length + ': '.length, 0);
  return startLine + fields + '\r\n'.length;
}
