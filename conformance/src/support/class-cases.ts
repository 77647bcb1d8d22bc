// STORE-2: storage classes beside Amazon's with an unmodified awscli.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { awscli, missingAwscli } from './drivers.js';
import { writeTestFile } from './files.js';
import type { S3Credentials } from './network.js';

export async function classCases(tools: () => { folder: string; credentials: S3Credentials }): Promise<void> {
  const missing = await missingAwscli();
  const title = 'STORE-2 awscli stores in CESS_2_1, and is told why CESS_16_24 needs a larger network';
  it(title, { skip: missing ?? false }, async () => {
    const { folder, credentials } = tools();
    const aws = awscli(credentials);
    const [source, target] = [join(folder, 'class-source'), join(folder, 'class-target')];
    writeTestFile(source, 3_000_000);
    await aws('s3api', 'create-bucket', '--bucket', 'class-bucket');
    const at = (key: string) => ['--bucket', 'class-bucket', '--key', key];
    const put = (key: string, storageClass: string) =>
      aws('s3api', 'put-object', ...at(key), '--body', source, '--storage-class', storageClass);
    await put('narrow', 'CESS_2_1');
    const { stdout } = await aws('s3api', 'head-object', ...at('narrow'));
    assert.equal((JSON.parse(stdout) as { StorageClass?: string }).StorageClass, 'CESS_2_1');
    await aws('s3api', 'get-object', ...at('narrow'), target);
    assert.ok(readFileSync(target).equals(readFileSync(source)));
    await assert.rejects(put('wide', 'CESS_16_24'), /InvalidStorageClass.*needs 40 providers, and the network has 16/);
  });
}
