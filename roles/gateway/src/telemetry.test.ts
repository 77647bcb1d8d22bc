import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseRoleConfig } from '@cess/role-process';
import { gatewayConfigFormat } from './gateway-role.js';

const parse = (telemetry: unknown) => {
  const config = { ...gatewayConfigFormat.example, telemetry };
  return parseRoleConfig(gatewayConfigFormat, JSON.stringify(config), '/gateway.json').telemetry;
};

describe('OpenTelemetry in the configuration of a gateway', () => {
  it('is off by default and in the example', () => {
    assert.deepEqual([parse(undefined), gatewayConfigFormat.example.telemetry], [null, null]);
  });

  it('needs only the receiver', () => {
    const endpoint = 'https://collector.example:4318/otlp';
    assert.deepEqual(parse({ endpoint }), { endpoint, headers: {}, intervalMs: 10_000, sampleRatio: 1 });
  });

  for (const [what, telemetry] of [
    ['no receiver', {}],
    ['a receiver of another protocol', { endpoint: 'grpc://collector:4317' }],
    ['a URL with credentials', { endpoint: 'http://user:password@collector:4318' }],
    ['a URL with a query', { endpoint: 'http://collector:4318?key=secret' }],
    ['a header that the gateway sets', { endpoint: 'http://collector', headers: { 'Content-Type': 'text/plain' } }],
    ['a header with a line feed', { endpoint: 'http://collector', headers: { 'x-key': 'a\nb: c' } }],
    ['a header without a name', { endpoint: 'http://collector', headers: { '': 'x' } }],
    ['an interval below a second', { endpoint: 'http://collector', intervalMs: 999 }],
    ['a ratio above 1', { endpoint: 'http://collector', sampleRatio: 1.01 }],
    ['an unknown key', { endpoint: 'http://collector', protocol: 'grpc' }],
  ] as const) {
    it(`is refused with ${what}`, () => {
      assert.throws(() => parse(telemetry), { code: 'CONFIG_INVALID', message: /telemetry/ });
    });
  }
});
