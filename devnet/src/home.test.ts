import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { Home, loadCredentials } from './home.js';

describe('the credentials of a home', () => {
  const home = new Home(mkdtempSync(join(tmpdir(), 'cess-home-')));
  after(() => rmSync(home.path, { recursive: true }));

  it('stay the same when they are loaded again', () => {
    const first = loadCredentials(home, 'http://127.0.0.1:1');
    assert.deepEqual(loadCredentials(home, 'http://127.0.0.1:2'), { ...first, endpoint: 'http://127.0.0.1:2' });
  });

  it('are refused when the file is damaged, without a quotation from it', () => {
    writeFileSync(home.credentialsFile(), '{"secretAccessKey": s3cret}');
    assert.throws(
      () => loadCredentials(home, 'http://127.0.0.1:1'),
      (error) => isCessError(error, 'HOME_CREDENTIALS_DAMAGED') && !error.message.includes('s3cret'),
    );
  });
});
