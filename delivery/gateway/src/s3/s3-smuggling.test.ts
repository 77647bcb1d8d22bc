// Requests whose end, host or path can be read in two ways, over bare sockets: refused before they touch anything, and what follows them on
// the connection is never taken for a request (RFC 9112 §6.3, §11.2).
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { bucket, leavesNothing, put, startExchangeGateway } from '../test-support/raw-exchange.js';
import { RawConnection, signedHead } from '../test-support/raw-s3.js';
import type { TestGateway } from '../test-support/test-gateway.js';

const kept = Buffer.from('content');

describe('ambiguous requests', () => {
  let test: TestGateway;
  /** A deletion that a second reading of the bytes would find. */
  let smuggled: string;

  before(async () => {
    test = await startExchangeGateway(kept);
    smuggled = await signedHead({ method: 'DELETE', path: `/${bucket}/kept`, headers: { 'content-length': '0' } });
  });
  after(() => test.stop());

  /** Sends bytes, the hidden request behind them; gives the answers of the connection until it ends. */
  async function answersTo(head: string, body: string): Promise<readonly number[]> {
    const connection = new RawConnection(test.gateway.s3Endpoint);
    try {
      connection.write(head);
      connection.write(body + smuggled);
      const found: number[] = [];
      for (let answer = await connection.answer(); answer !== undefined; answer = await connection.answer())
        found.push(answer.status);
      return found;
    } finally {
      connection.close();
    }
  }

  const withLine = (line: string) => (head: string) => head.replace('\r\n\r\n', `\r\n${line}\r\n\r\n`);
  const chunk = '5\r\nhello\r\n0\r\n\r\n';

  const cases: readonly (readonly [name: string, change: (head: string) => string, body: string])[] = [
    ['Content-Length and Transfer-Encoding', withLine('Transfer-Encoding: chunked'), chunk],
    ['Transfer-Encoding in capitals and spaces', withLine('Transfer-Encoding:  CHUNKED '), chunk],
    ['Transfer-Encoding with another coding last', withLine('Transfer-Encoding: chunked, identity'), chunk],
    ['Transfer-Encoding behind a vertical tab', withLine('Transfer-Encoding:\x0bchunked'), chunk],
    ['Transfer-Encoding with a space before the colon', withLine('Transfer-Encoding : chunked'), chunk],
    ['two different lengths', withLine('Content-Length: 0'), 'hello'],
    ['a list of lengths', (head) => head.replace(/content-length: 5/i, 'content-length: 5, 0'), 'hello'],
    ['a signed length', (head) => head.replace(/content-length: 5/i, 'content-length: +5'), 'hello'],
    ['a hexadecimal length', (head) => head.replace(/content-length: 5/i, 'content-length: 0x5'), 'hello'],
    ['a negative length', (head) => head.replace(/content-length: 5/i, 'content-length: -1'), ''],
    ['a folded line', withLine('x-amz-meta-a: 1\r\n Transfer-Encoding: chunked'), 'hello'],
    ['lines that end with a line feed alone', (head) => head.replaceAll('\r\n', '\n'), 'hello'],
    ['a line feed within a value', withLine('x-amz-meta-a: 1\nTransfer-Encoding: chunked'), 'hello'],
    ['a zero byte within a value', withLine('x-amz-meta-a: a\0b'), 'hello'],
    ['two hosts', withLine('Host: other.example'), 'hello'],
    ['a space within the target', (head) => head.replace(' HTTP/1.1', ' x HTTP/1.1'), 'hello'],
  ];

  for (const [name, change, body] of cases)
    it(`${name}: nothing is stored, and the request behind it is not carried out`, async () => {
      await leavesNothing(test, async () => {
        const head = change(await signedHead(put('new', 5)));
        const statuses = await answersTo(head, body);
        assert.ok(statuses.length <= 1, `answered ${statuses.join(', ')}`);
        for (const status of statuses) assert.ok((status >= 400 && status < 500) || status === 501, String(status));
      });
    });

  it('a request without those faults is carried out, and so is the one behind it', async () => {
    const connection = new RawConnection(test.gateway.s3Endpoint);
    connection.write(await signedHead(put('plain', 5)));
    connection.write('hello');
    assert.equal((await connection.answer())?.status, 200);
    connection.write(
      await signedHead({ method: 'DELETE', path: `/${bucket}/plain`, headers: { 'content-length': '0' } }),
    );
    assert.equal((await connection.answer())?.status, 204);
    connection.close();
  });

  it('a path never leaves its bucket, however it is written', async () => {
    for (const path of [
      '/../other/key',
      `/${bucket}/../other/key`,
      `/${bucket}/%2e%2e/other/key`,
      `/${bucket}/a/../../other/key`,
    ]) {
      const connection = new RawConnection(test.gateway.s3Endpoint);
      connection.write(await signedHead({ method: 'GET', path }));
      const answer = await connection.answer();
      connection.close();
      assert.ok(answer?.status === 404 || answer?.status === 403, path);
      assert.doesNotMatch(answer?.body ?? '', /<BucketName>other</, `${path} names no other bucket`);
    }
  });
});
