// Heads of answers: what a server may send is read, what could be understood in two ways is refused.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { tryParseResponseHead } from './response-head.js';

const head = (...lines: string[]): string => lines.join('\r\n');

describe('response head', () => {
  it('status, length and whether the connection stays', () => {
    assert.deepEqual(
      tryParseResponseHead(head('HTTP/1.1 206 Partial Content', 'Content-Length: 1048576', 'Connection: keep-alive')),
      { status: 206, contentLength: 1_048_576, keepsAlive: true },
    );
    assert.deepEqual(tryParseResponseHead(head('HTTP/1.1 404 ', 'content-length:\t7 ', 'CONNECTION: x, Close')), {
      status: 404,
      contentLength: 7,
      keepsAlive: false,
    });
    assert.deepEqual(tryParseResponseHead(head('HTTP/1.1 200 OK', 'transfer-encoding: chunked')), {
      status: 200,
      contentLength: undefined,
      keepsAlive: true,
    });
    assert.deepEqual(tryParseResponseHead('HTTP/1.1 503'), { status: 503, contentLength: undefined, keepsAlive: true });
  });

  const malformed: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2'],
    ['HTTP/1.0', 'HTTP/1.0 200 OK'],
    ['a status that is none', 'HTTP/1.1 099 OK'],
    ['a status of four digits', 'HTTP/1.1 2000 OK'],
    ['two lengths', head('HTTP/1.1 200 OK', 'content-length: 5', 'Content-Length: 5')],
    ['a length and a transfer coding', head('HTTP/1.1 200 OK', 'content-length: 5', 'transfer-encoding: chunked')],
    ['a negative length', head('HTTP/1.1 200 OK', 'content-length: -5')],
    ['a length with a sign', head('HTTP/1.1 200 OK', 'content-length: +5')],
    ['a list of lengths', head('HTTP/1.1 200 OK', 'content-length: 5, 5')],
    ['a hexadecimal length', head('HTTP/1.1 200 OK', 'content-length: 0x5')],
    ['an empty length', head('HTTP/1.1 200 OK', 'content-length:')],
    ['a length beyond all bounds', head('HTTP/1.1 200 OK', 'content-length: 9999999999999999')],
    ['a space before the colon', head('HTTP/1.1 200 OK', 'content-length : 5')],
    ['a folded line', head('HTTP/1.1 200 OK', 'content-length: 5', ' 6')],
    ['a field without a name', head('HTTP/1.1 200 OK', ': 5')],
    ['a bare line feed', head('HTTP/1.1 200 OK', 'a: b\ncontent-length: 5')],
    ['a zero byte', head('HTTP/1.1 200 OK', 'a: \0')],
  ];
  for (const [name, text] of malformed) {
    it(`${name} is refused`, () => assert.equal(tryParseResponseHead(text), undefined));
  }

  it('no text makes it fail or gives a length that is none', () => {
    const unit = fc.constantFrom('\r\n', ':', ' ', '5', '-', ',', 'a', '\n', 'content-length');
    const noise = fc.string({ unit });
    const text = fc.oneof(
      fc.string(),
      noise,
      noise.map((rest) => head('HTTP/1.1 200 OK', rest)),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        const length = tryParseResponseHead(candidate)?.contentLength;
        assert.ok(length === undefined || (Number.isSafeInteger(length) && length >= 0));
      }),
      { seed: 1, numRuns: 2000 },
    );
  });
});
