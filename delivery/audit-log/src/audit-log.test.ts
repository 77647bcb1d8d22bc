import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { isCessError } from '@cess/primitives';
import { auditEntry } from './entry.js';
import {
  AnchorList,
  type AuditEntry,
  AuditLog,
  type LoggedEntry,
  type LogPosition,
  neverAnchored,
  readAuditLog,
  verifyAuditLog,
  withAnchor,
} from './index.js';

const base = mkdtempSync(join(tmpdir(), 'cess-audit-'));
after(() => rmSync(base, { recursive: true, force: true }));
let folders = 0;
const newFolder = () => join(base, String(folders++));

const entryOf = (number: number): AuditEntry => ({
  phase: 'ended',
  timeMs: 1_700_000_000_000 + number,
  requestId: `REQUEST${number}`,
  operation: 'PutObject',
  principal: 'arn:aws:iam::111122223333:user/ana',
  accessKeyId: 'AKIA',
  source: '127.0.0.1',
  userAgent: 'aws-cli',
  bucket: 'photos',
  key: `2026/${number}.jpg`,
  versionId: '',
  status: 200,
  errorCode: '',
  durationMs: 7,
  requests: 1,
});

async function logOf(entries: number, segmentBytes = 500): Promise<{ folder: string; log: AuditLog }> {
  const folder = newFolder();
  const log = await AuditLog.open({ folder, segmentBytes });
  for (let number = 1; number <= entries; number++) await log.append(entryOf(number));
  return { folder, log };
}

async function all(folder: string): Promise<LoggedEntry[]> {
  const found: LoggedEntry[] = [];
  for await (const each of readAuditLog(folder)) found.push(each);
  return found;
}

const segments = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.includes('.audit'))
    .sort();

/** Writes the list of anchors; returns what the chain has then. */
async function listed(folder: string, anchors: readonly LogPosition[]) {
  const list = await AnchorList.begin(folder, neverAnchored);
  for (const anchor of anchors) await list.append(anchor);
  return anchors.reduce(withAnchor, neverAnchored);
}

describe('an audit log', () => {
  it('keeps entries in order over several segments and restarts', async () => {
    const { folder, log } = await logOf(20);
    await log.close();
    const again = await AuditLog.open({ folder, segmentBytes: 500 });
    await Promise.all([21, 22, 23].map((number) => again.append(entryOf(number))));
    await again.close();
    const entries = await all(folder);
    assert.deepEqual(
      entries.map(({ sequence, entry }) => [sequence, entry]),
      Array.from({ length: 23 }, (_, index) => [index + 1, entryOf(index + 1)]),
    );
    assert.ok(segments(folder).length > 3);
    assert.deepEqual(again.position, { sequence: 23, head: entries.at(-1)?.head });
  });

  it('goes on after an entry that the process did not live to write, whatever is left of it', async () => {
    const { folder, log } = await logOf(3, 1 << 20);
    await log.close();
    const [name] = segments(folder);
    assert.ok(name);
    const path = join(folder, name);
    const whole = readFileSync(path);
    const two = await logOf(2, 1 << 20);
    await two.log.close();
    const shorter = readFileSync(join(two.folder, name)).length;
    for (let length = shorter; length < whole.length; length++) {
      writeFileSync(path, whole.subarray(0, length));
      const again = await AuditLog.open({ folder });
      assert.equal(again.position.sequence, 2);
      await again.append(entryOf(99));
      await again.close();
      assert.deepEqual(
        (await all(folder)).map(({ entry }) => entry.requestId),
        ['REQUEST1', 'REQUEST2', 'REQUEST99'],
      );
    }
  });

  it('goes on after a segment whose header was not written whole', async () => {
    const { folder, log } = await logOf(4, 400);
    await log.close();
    const newest = segments(folder).at(-1) ?? '';
    const before = (await all(folder)).filter(({ sequence }) => sequence <= Number.parseInt(newest, 10));
    for (const length of [0, 1, 51]) {
      truncateSync(join(folder, newest), length);
      const again = await AuditLog.open({ folder, segmentBytes: 400 });
      assert.deepEqual(again.position, { sequence: before.length, head: before.at(-1)?.head });
      await again.append(entryOf(77));
      await again.close();
      assert.equal((await all(folder)).length, before.length + 1);
    }
  });

  it('tells every changed byte, every removed or exchanged segment, and every cut end from its anchors', async () => {
    const { folder, log } = await logOf(12);
    const known = await listed(folder, [await log.sync()]);
    await log.close();
    const sound = await verifyAuditLog(folder, known);
    assert.deepEqual([sound.anchored, sound.contradicted, sound.damage, sound.isSound], [12, [], undefined, true]);
    const isRefused = async () => !(await verifyAuditLog(folder, known)).isSound;
    for (const name of segments(folder)) {
      const path = join(folder, name);
      const whole = readFileSync(path);
      for (let at = 0; at < whole.length; at++) {
        const changed = Buffer.from(whole);
        changed[at] = (changed[at] ?? 0) ^ 1;
        writeFileSync(path, changed);
        assert.ok(await isRefused(), `${name}, byte ${at}`);
      }
      for (const length of [0, 30, whole.length - 1]) {
        writeFileSync(path, whole.subarray(0, length));
        assert.ok(await isRefused(), `${name} cut to ${length}`);
      }
      writeFileSync(path, whole);
    }
    const [, second = '', third = ''] = segments(folder);
    rmSync(join(folder, third));
    assert.ok(await isRefused(), 'a segment is missing');
    writeFileSync(join(folder, third), readFileSync(join(folder, second)));
    assert.ok(await isRefused(), 'a segment stands twice');
  });

  it('can lose its oldest segments, and still proves the others', async () => {
    const { folder, log } = await logOf(6);
    const early = await log.sync();
    for (let number = 7; number <= 12; number++) await log.append(entryOf(number));
    const late = await log.sync();
    await log.close();
    const [first = '', second = ''] = segments(folder);
    rmSync(join(folder, first));
    rmSync(join(folder, second));
    const check = await verifyAuditLog(folder, await listed(folder, [early, late]));
    assert.deepEqual([check.anchored, check.agreeing, check.outside, check.isSound], [12, 1, 1, true]);
    assert.equal(check.removed + 1, (await all(folder))[0]?.sequence);
  });

  it('goes on before what a power cut left, and keeps that aside', async () => {
    const { folder, log } = await logOf(5, 1 << 20);
    const anchor = await log.sync();
    await log.close();
    const [name = ''] = segments(folder);
    const path = join(folder, name);
    const whole = readFileSync(path);
    const two = await logOf(2, 1 << 20);
    await two.log.close();
    const synchronised = readFileSync(join(two.folder, name)).length;
    for (const rest of [Buffer.alloc(whole.length - synchronised), Buffer.alloc(4_096, 0xa5), Buffer.from([1])]) {
      writeFileSync(path, Buffer.concat([whole.subarray(0, synchronised), rest]));
      const again = await AuditLog.open({ folder });
      assert.deepEqual([again.position.sequence, again.setAsideBytes], [2, rest.length]);
      await again.append(entryOf(99));
      await again.close();
      assert.deepEqual(
        (await all(folder)).map(({ entry }) => entry.requestId),
        ['REQUEST1', 'REQUEST2', 'REQUEST99'],
      );
      const aside = segments(folder).filter((each) => each.includes('unreadable'));
      assert.ok(aside.some((each) => readFileSync(join(folder, each)).equals(rest)));
      assert.deepEqual((await verifyAuditLog(folder, withAnchor(neverAnchored, anchor))).contradicted[0]?.sequence, 5);
    }
    writeFileSync(path, Buffer.alloc(52));
    const begun = await AuditLog.open({ folder });
    assert.deepEqual([begun.position.sequence, begun.setAsideBytes], [0, 52]);
    await begun.append(entryOf(1));
    await begun.close();
    assert.equal((await all(folder)).length, 1);
  });

  it('goes on behind damage in an older segment, and says so when it is read', async () => {
    const { folder, log } = await logOf(12);
    await log.close();
    const path = join(folder, segments(folder)[0] ?? '');
    const bytes = readFileSync(path);
    bytes[100] = (bytes[100] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const again = await AuditLog.open({ folder });
    assert.equal(again.position.sequence, 12);
    await again.close();
    await assert.rejects(all(folder), (error) => isCessError(error, 'AUDIT_LOG_DAMAGED'));
  });

  it('refuses entries while too many wait, and when it is closed', async () => {
    const folder = newFolder();
    const log = await AuditLog.open({ folder, maxWaiting: 2 });
    const results = await Promise.allSettled([1, 2, 3].map((number) => log.append(entryOf(number))));
    assert.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected'],
    );
    await log.close();
    await assert.rejects(log.append(entryOf(4)), (error) => isCessError(error, 'AUDIT_LOG_CLOSED'));
    assert.equal((await all(folder)).length, 2);
  });

  it('says that an entry is not written when the folder cannot take it, and goes on when it can', async () => {
    const folder = newFolder();
    const log = await AuditLog.open({ folder, segmentBytes: 100 });
    await log.append(entryOf(1));
    rmSync(folder, { recursive: true });
    await assert.rejects(log.append(entryOf(2)), (error) => isCessError(error, 'AUDIT_LOG_WRITE_FAILED'));
    assert.equal(log.position.sequence, 1);
    mkdirSync(folder);
    await log.append(entryOf(3));
    assert.equal(log.position.sequence, 2);
    await log.close();
  });

  it('tells from its earlier anchors that it was replaced, also behind a newer anchor', async () => {
    const { log } = await logOf(3);
    const anchors = [await log.sync()];
    await log.append(entryOf(4));
    anchors.push(await log.sync());
    await log.close();
    const forged = newFolder();
    const other = await AuditLog.open({ folder: forged });
    for (const number of [1, 2, 77, 4, 5]) await other.append(entryOf(number));
    const newest = await other.sync();
    await other.close();
    const known = [...anchors, newest].reduce(withAnchor, neverAnchored);

    const withoutList = await verifyAuditLog(forged, known);
    assert.deepEqual([withoutList.agreeing, withoutList.missing, withoutList.isSound], [1, 2, false]);
    await listed(forged, [newest]);
    const withListOfOthers = await verifyAuditLog(forged, known);
    assert.deepEqual([withListOfOthers.missing, withListOfOthers.isSound], [2, false]);
    await listed(forged, [...anchors, newest]);
    const withList = await verifyAuditLog(forged, known);
    assert.deepEqual([withList.contradicted.map(({ sequence }) => sequence), withList.isSound], [[3, 4], false]);
    await AnchorList.begin(forged, anchors.reduce(withAnchor, neverAnchored)).then((list) => list.append(newest));
    assert.equal((await verifyAuditLog(forged, known)).isSound, false);
  });

  it('counts all anchors that it contradicts, and names the first hundred', async () => {
    const { folder, log } = await logOf(150);
    await log.close();
    const foreign = Array.from({ length: 150 }, (_, index) => ({ sequence: index + 1, head: new Uint8Array(32) }));
    await listed(folder, foreign);
    const check = await verifyAuditLog(folder, foreign.reduce(withAnchor, neverAnchored));
    assert.deepEqual([check.contradictions, check.contradicted.length, check.isSound], [150, 100, false]);
    assert.equal(check.contradicted.at(-1)?.sequence, 100);
  });

  it('lets other work have its turn while it is read', async () => {
    const folder = newFolder();
    const log = await AuditLog.open({ folder });
    await Promise.all(Array.from({ length: 1_100 }, (_, number) => log.append(entryOf(number))));
    await log.close();
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    setImmediate(turn);
    const turnsAtEntries: number[] = [];
    for await (const _ of readAuditLog(folder)) turnsAtEntries.push(turns);
    isOver = true;
    assert.equal(new Set(turnsAtEntries).size, 3);
  });

  it('keeps its list of anchors through restarts, torn ends and anchors that are on their way', async () => {
    const { folder, log } = await logOf(6);
    const anchors: LogPosition[] = [];
    for await (const { sequence, head } of readAuditLog(folder)) anchors.push({ sequence, head });
    await log.close();
    await listed(folder, anchors.slice(0, 3));
    const path = join(folder, 'anchors');
    const whole = readFileSync(path);
    const again = await AnchorList.open(folder);
    assert.deepEqual(again?.total, anchors.slice(0, 3).reduce(withAnchor, neverAnchored));
    assert.deepEqual(again?.beforeNewest, anchors.slice(0, 2).reduce(withAnchor, neverAnchored));
    for (const cut of [1, 20, 43]) {
      writeFileSync(path, whole.subarray(0, whole.length - cut));
      const torn = await AnchorList.open(folder);
      assert.equal(torn?.total.count, 2);
      await torn?.append(anchors[2] ?? assert.fail());
      assert.deepEqual(readFileSync(path), whole);
    }
    const onChain = anchors.slice(0, 2).reduce(withAnchor, neverAnchored);
    const check = await verifyAuditLog(folder, onChain);
    assert.deepEqual([check.agreeing, check.anchored, check.isSound], [2, 2, true]);
    writeFileSync(path, whole.subarray(0, 50));
    assert.equal(await AnchorList.open(folder), undefined);
  });

  it('removes its oldest segments beyond a size, but nothing that is not anchored', async () => {
    const { folder, log } = await logOf(12);
    const before = segments(folder);
    assert.equal(await log.removeOldest(1 << 20, 12), 0);
    assert.equal(await log.removeOldest(0, 0), 0);
    const second = Number.parseInt(before[1] ?? '', 10);
    assert.equal(await log.removeOldest(0, second), 1);
    assert.deepEqual(segments(folder), before.slice(1));
    assert.equal(await log.removeOldest(0, 12), before.length - 2);
    await log.append(entryOf(13));
    await log.close();
    const check = await verifyAuditLog(folder, neverAnchored);
    assert.deepEqual([check.sequence, check.isSound], [13, true]);
    assert.equal((await AuditLog.open({ folder })).position.sequence, 13);
  });

  it('reads entries of version 1', async () => {
    const current = auditEntry.encode(entryOf(1));
    const former = Uint8Array.from([1, ...current.subarray(1, -8)]);
    assert.deepEqual(auditEntry.decode(former), entryOf(1));
  });
});
