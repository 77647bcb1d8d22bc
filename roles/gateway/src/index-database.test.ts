// "index" in the configuration of a gateway.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gatewayConfigFormat } from './gateway-role.js';
import { readIndexDatabase } from './index-database.js';

const postgres = { url: 'postgres://cess@127.0.0.1/cess', member: 'gateway-1' };
const accepts = (change: object) =>
  gatewayConfigFormat.schema.safeParse({ ...gatewayConfigFormat.example, ...change }).success;

describe('the index of a gateway in a database', () => {
  it('takes the URL of a PostgreSQL server and the name of this gateway', () => {
    assert.equal(accepts({ index: { postgres }, smallObjects: null, indexExport: null }), true);
    assert.equal(
      accepts({ smallObjects: null, indexExport: null, index: { postgres: { ...postgres, url: 'mysql://db/cess' } } }),
      false,
    );
    assert.equal(
      accepts({ smallObjects: null, indexExport: null, index: { postgres: { ...postgres, member: 'One/2' } } }),
      false,
    );
  });

  it('refuses a password in the URL, which would be shown', () => {
    assert.equal(
      accepts({
        smallObjects: null,
        indexExport: null,
        index: { postgres: { ...postgres, url: 'postgres://cess:secret@db/cess' } },
      }),
      false,
    );
    assert.equal(
      accepts({
        smallObjects: null,
        indexExport: null,
        index: { postgres: { ...postgres, url: 'postgres://db/cess?password=secret' } },
      }),
      false,
    );
  });

  it('refuses settings that gateways with one index cannot have yet', () => {
    const smallObjects = { maxBytes: 4096, packAfterSeconds: 60 };
    assert.equal(accepts({ index: { postgres }, smallObjects }), false);
    assert.equal(accepts({ smallObjects }), true);
  });

  it('reads the password from a file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'cess-index-config-'));
    try {
      const passwordFile = join(folder, 'password');
      const config = { postgres: { ...postgres, passwordFile, maxConnections: 16 } };
      assert.throws(() => readIndexDatabase(config), { code: 'CONFIG_INVALID' });
      writeFileSync(passwordFile, 'secret\n');
      assert.equal(readIndexDatabase(config).password, 'secret');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
