import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseProxyHeader } from './proxy-protocol.js';

const text = (line: string) => Buffer.from(line, 'latin1');
const signature = '0d0a0d0a000d0a515549540a';
const binary = (hex: string, rest = '') => Buffer.from(`${signature}${hex}${rest}`, 'hex');
const v4 = binary('21' + '11' + '000c', 'cb007107c6336401a1b201bb');
const v6 = binary('2121' + '0024', `20010db8000000000000000000000001${'00'.repeat(15)}02a1b201bb`);

describe('a PROXY header', () => {
  it('of version 1 names the client', () => {
    const line = 'PROXY TCP4 203.0.113.7 198.51.100.1 41394 443\r\n';
    const header = { type: 'header', length: line.length, address: '203.0.113.7' };
    assert.deepEqual(parseProxyHeader(text(`${line}GET / HTTP/1.1\r\n`)), header);
    const six = 'PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n';
    assert.deepEqual(parseProxyHeader(text(six)), { type: 'header', length: six.length, address: '2001:db8::1' });
    const unknown = 'PROXY UNKNOWN whatever follows\r\n';
    assert.deepEqual(parseProxyHeader(text(unknown)), { type: 'header', length: unknown.length, address: undefined });
  });

  it('of version 2 names the client, with extensions or without', () => {
    assert.deepEqual(parseProxyHeader(v4), { type: 'header', length: 28, address: '203.0.113.7' });
    assert.deepEqual(parseProxyHeader(v6), { type: 'header', length: 52, address: '2001:db8::1' });
    const extended = binary('2111' + '000f', 'cb007107c6336401a1b201bb' + '040000' + 'ffff');
    assert.deepEqual(parseProxyHeader(extended), { type: 'header', length: 31, address: '203.0.113.7' });
    assert.deepEqual(parseProxyHeader(binary('2000' + '0000')), { type: 'header', length: 16, address: undefined });
  });

  it('that has not arrived whole needs more, at every length', () => {
    for (const whole of [v4, v6, text('PROXY TCP4 203.0.113.7 198.51.100.1 41394 443\r\n')])
      for (let length = 0; length < whole.length; length++)
        assert.equal(parseProxyHeader(whole.subarray(0, length)).type, 'incomplete');
  });

  const bad = {
    'is missing': text('GET / HTTP/1.1\r\n'),
    'has a port above 65535': text('PROXY TCP4 1.2.3.4 1.2.3.4 65536 1\r\n'),
    'has a port with a leading zero': text('PROXY TCP4 1.2.3.4 1.2.3.4 01 1\r\n'),
    'has an address of the other family': text('PROXY TCP4 ::1 ::1 1 1\r\n'),
    'has an address with a zone': text('PROXY TCP6 fe80::1%eth0 ::1 1 1\r\n'),
    'has a fifth field': text('PROXY TCP4 1.2.3.4 1.2.3.4 1 1 1\r\n'),
    'has another family': text('PROXY UDP4 1.2.3.4 1.2.3.4 1 1\r\n'),
    'is a line without an end': text(`PROXY UNKNOWN ${'x'.repeat(200)}`),
    'has version 3': binary('3111' + '000c', '00'.repeat(12)),
    'has another command': binary('2211' + '000c', '00'.repeat(12)),
    'is too short for its addresses': binary('2111' + '0008', '00'.repeat(8)),
    'is longer than any proxy sends': binary('2111' + '2000'),
  };
  for (const [what, bytes] of Object.entries(bad)) {
    it(`that ${what} is malformed`, () => {
      assert.equal(parseProxyHeader(bytes).type, 'malformed');
    });
  }

  it('of any bytes is an answer: a header lies within the bytes, and needs no more than 4,112', () => {
    const start = fc.constantFrom(
      Buffer.alloc(0),
      text('PROXY '),
      text('PROXY TCP4 '),
      Buffer.from(signature, 'hex'),
      v4.subarray(0, 14),
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 5_000 }), (head, rest) => {
        const bytes = Buffer.concat([head, rest]);
        const parsed = parseProxyHeader(bytes);
        if (parsed.type === 'incomplete') assert.ok(bytes.length < 4_112);
        if (parsed.type === 'header') assert.ok(parsed.length <= bytes.length);
      }),
      { numRuns: 20_000, seed: 63 },
    );
  });
});
