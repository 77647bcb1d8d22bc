// The tour of the README, typed as it stands there (with the address and folder of the test's own network).
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { repository, TestNetwork } from './support/network.js';

const missing = existsSync('/usr/bin/aws') ? false : 'awscli is not installed (Debian: apt-get install awscli)';

describe('the README tour', { skip: missing }, () => {
  let network: TestNetwork;
  before(async () => {
    network = await TestNetwork.create({ environment: { CESS_INDEX_EXPORT_SECONDS: '15' } });
    await network.start();
  });
  after(async () => network?.destroy());

  it('works as typed', async () => {
    const readme = readFileSync(join(repository, 'README.md'), 'utf8');
    const [, tour] = /## Five minutes with real clients[\s\S]*?```sh\n([\s\S]*?)```/.exec(readme)!;
    const script = tour!
      .replaceAll('http://127.0.0.1:9000', network.credentials.endpoint)
      .replaceAll('./.cess/', `${network.home}/`)
      .replaceAll('/tmp/tour.', join(network.home, 'tour.'));
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: repository,
      env: { ...network.environment, PATH: `/usr/bin:${process.env['PATH']}`, HOME: network.home },
      maxBuffer: 16 * 1024 * 1024,
    });
    assert.match(stdout, /^equal$/m);
    assert.match(stdout, /^still equal$/m);
    assert.match(stdout, /entries proven against the finalized header/);
    assert.match(stdout, /any 4 of 12 fragments/);
    assert.match(stdout, /50000000 of 50000000 bytes are proven to be what the chain records/);
  });
});
