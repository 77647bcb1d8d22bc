import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CessError } from '@cess/primitives';
import { helpText, parseConfig } from './config.js';

describe('configuration of the embedded network', () => {
  it('prefers flags to the environment and the environment to defaults', () => {
    const config = parseConfig(['--s3-port', '1'], { CESS_S3_PORT: '2', CESS_RPC_PORT: '3' });
    assert.ok(config !== 'help');
    assert.equal(config.s3Port, 1);
    assert.equal(config.rpcPort, 3);
    assert.equal(config.providers, 16);
  });

  it('runs the roles as processes when the flag or the variable says so', () => {
    const flags = [parseConfig([], {}), parseConfig(['--processes'], {}), parseConfig([], { CESS_PROCESSES: '1' })];
    assert.deepEqual(
      flags.map((config) => config !== 'help' && config.processes),
      [false, true, true],
    );
  });

  it('gives the ports that scripts rely on', () => {
    const config = parseConfig([], {});
    assert.ok(config !== 'help');
    const { s3Port, consolePort, rpcPort, metricsPort, host } = config;
    assert.deepEqual([s3Port, consolePort, rpcPort, metricsPort, host], [9000, 8080, 9944, 9615, '127.0.0.1']);
  });

  for (const [args, environment] of [
    [['--unknown'], {}],
    [['--rpc-cors', 'https://a.example/path'], {}],
    [[], { CESS_RPC_CORS: '' }],
    [['--s3-port', '70000'], {}],
    [['--s3-port', 'x'], {}],
    [['--metrics-port', '-1'], {}],
    [[], { CESS_PROVIDERS: '11' }],
    [['--host', '0.0.0.0'], {}],
    [['--validators', '4'], {}],
    [['--validators', '0', '--processes'], {}],
    [['stray'], {}],
    [[], { CESS_PROCESSES: 'perhaps' }],
  ] as const) {
    it(`refuses ${JSON.stringify(args)} ${JSON.stringify(environment)}`, () => {
      assert.throws(
        () => parseConfig(args, environment),
        (error) => error instanceof CessError && error.code === 'CONFIG_INVALID',
      );
    });
  }

  it('lists every setting in the help', () => {
    assert.equal(parseConfig(['--help'], {}), 'help');
    for (const name of ['CESS_HOME', 'CESS_S3_PORT', 'CESS_RPC_PORT', 'CESS_METRICS_PORT', 'CESS_MIN_FREE_BYTES'])
      assert.ok(helpText().includes(name));
  });
});
