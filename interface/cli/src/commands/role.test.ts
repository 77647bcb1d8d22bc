import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { CessError, isCessError } from '@cess/primitives';
import { createGatewayRole, type GatewayRoleConfig, gatewayConfigFormat } from '@cess/role-gateway';
import { nodeRole } from '@cess/role-node';
import { hiddenSecret, parseRoleConfig, type RoleConfigFormat } from '@cess/role-process';
import { providerRole } from '@cess/role-provider';
import { teeRole } from '@cess/role-tee';
import { Command } from 'commander';
import { captureOutput } from '../test-support/capture-output.js';
import { addRoleCommands } from './role.js';

const file = '/etc/cess/role.json';

function refusal(format: RoleConfigFormat<never>, change: Readonly<Record<string, unknown>>): string {
  const text = JSON.stringify({ ...(format.example as object), ...change });
  try {
    parseRoleConfig(format, text, file);
  } catch (error) {
    assert.ok(error instanceof CessError && error.code === 'CONFIG_INVALID', String(error));
    return error.message;
  }
  throw new assert.AssertionError({ message: `accepted ${text}` });
}

for (const { format } of [nodeRole, providerRole, createGatewayRole('/pages'), teeRole]) {
  const any = format as unknown as RoleConfigFormat<never>;
  describe(`configuration file of the ${format.role}`, () => {
    it('accepts its own example, with paths made absolute beside the file', () => {
      const config = parseRoleConfig(any, JSON.stringify(format.example), file) as { dataDir: string };
      assert.equal(config.dataDir, `/etc/cess/${format.example.dataDir}`);
    });

    it('has every key of the schema in its example', () => {
      const { shape } = format.schema as unknown as { shape: object };
      assert.deepEqual(Object.keys(format.example).sort(), Object.keys(shape).sort());
    });

    it('refuses an unknown key and names it', () => {
      assert.match(refusal(any, { surprise: 1 }), /surprise/);
    });

    it('names every problem at once, and the example', () => {
      const message = refusal(any, { dataDir: 7, logLevel: 'loud' });
      assert.match(message, /dataDir: /);
      assert.match(message, /logLevel: /);
      assert.ok(message.includes(`cess ${format.role} --example`));
    });

    it('refuses what is not JSON, and does not quote it: a secret may stand in it', () => {
      for (const text of ['{', '{"telemetry": s3cret}', 's3cret'])
        assert.throws(
          () => parseRoleConfig(any, text, file),
          (error) => isCessError(error, 'CONFIG_INVALID') && !error.message.includes('s3cret'),
        );
    });
  });
}

describe('values of the roles', () => {
  const cases: readonly (readonly [RoleConfigFormat<never>, Readonly<Record<string, unknown>>, RegExp])[] = [
    [nodeRole.format as unknown as RoleConfigFormat<never>, { rpcPort: 65_536 }, /rpcPort/],
    [nodeRole.format as unknown as RoleConfigFormat<never>, { rpcCors: ['https://a.example/path'] }, /rpcCors/],
    [nodeRole.format as unknown as RoleConfigFormat<never>, { rpcCors: 'some' }, /rpcCors/],
    [providerRole.format as unknown as RoleConfigFormat<never>, { chainRpc: 'http://127.0.0.1:9944' }, /ws:/],
    [providerRole.format as unknown as RoleConfigFormat<never>, { chainRpc: 'ws://10.0.0.1:9944' }, /loopback only/],
    [providerRole.format as unknown as RoleConfigFormat<never>, { endpoint: 'http://host:1/path' }, /endpoint/],
    [providerRole.format as unknown as RoleConfigFormat<never>, { declaredBytes: 1 }, /declaredBytes/],
    [providerRole.format as unknown as RoleConfigFormat<never>, { genesis: '0x12' }, /genesis/],
    [gatewayConfigFormat as unknown as RoleConfigFormat<never>, { accounts: [] }, /accounts/],
    [gatewayConfigFormat as unknown as RoleConfigFormat<never>, { memoryBudgetBytes: 1 }, /memoryBudgetBytes/],
    [teeRole.format as unknown as RoleConfigFormat<never>, { memoryBudgetBytes: 1 }, /memoryBudgetBytes/],
    [teeRole.format as unknown as RoleConfigFormat<never>, { endpoint: 'localhost:9200' }, /endpoint/],
    [teeRole.format as unknown as RoleConfigFormat<never>, { bond: 7 }, /bond/],
  ];
  for (const [format, change, message] of cases) {
    it(`refuses ${format.role} ${JSON.stringify(change)}`, () => {
      assert.match(refusal(format, change), message);
    });
  }

  it('fills in what a provider leaves out', () => {
    const { chainSpecFile, chainRpc, dataDir, keyFile, declaredBytes } = providerRole.format.example;
    const text = JSON.stringify({ chainSpecFile, chainRpc, dataDir, keyFile, declaredBytes });
    const config = parseRoleConfig(providerRole.format, text, file);
    assert.deepEqual(
      [config.host, config.port, config.endpoint, config.keyPurpose],
      ['127.0.0.1', 0, null, 'provider'],
    );
  });
});

describe('--print-config', () => {
  it('hides values of telemetry headers and queries of webhook URLs, and nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-print-config-'));
    const path = join(folder, 'gateway.json');
    const target = { name: 'hook', secretFile: '/hook.secret' };
    const settings = {
      ...gatewayConfigFormat.example,
      telemetry: {
        endpoint: 'https://collector.example',
        headers: { authorization: 'Bearer s3cret', 'x-team': 's3cret' },
      },
      webhookTargets: [
        { ...target, url: 'https://hook.example/in?token=s3cret?s3cret' },
        { ...target, name: 'plain', url: 'https://hook.example/in' },
      ],
    };
    writeFileSync(path, JSON.stringify(settings));
    const command = () => new Command('gateway');
    const gateway = command();
    addRoleCommands({ gateway, node: command(), provider: command(), tee: command() });
    const { stdout: printed } = await captureOutput(async () => {
      await gateway.parseAsync(['--config', path, '--print-config'], { from: 'user' });
    });
    rmSync(folder, { recursive: true });
    assert.ok(!printed.includes('s3cret'));
    const shown = JSON.parse(printed) as GatewayRoleConfig;
    assert.deepEqual(shown.telemetry?.headers, { authorization: hiddenSecret, 'x-team': hiddenSecret });
    assert.deepEqual(
      shown.webhookTargets.map(({ url }) => url),
      [`https://hook.example/in?${hiddenSecret}`, 'https://hook.example/in'],
    );
    assert.equal(shown.telemetry?.endpoint, 'https://collector.example');
    assert.equal(shown.keyFile, join(folder, settings.keyFile));
  });
});
