// STORE-4: the power of the whole machine is cut under load; the page cache is lost. Everything that was acknowledged is there
// afterwards, and nothing that was deleted. CESS_POWER_CUTS sets the number in each mode; `npm run soak` makes 20.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { delay } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { sdkClient } from './support/drivers.js';
import { TestNetwork } from './support/network.js';
import { noPower, type PowerCut, PowerSupply } from './support/power.js';
import { chosenSeed, seededRandom } from './support/seeded.js';
import { SteadyLoad } from './support/steady-load.js';

const cuts = Number(process.env['CESS_POWER_CUTS'] ?? (process.env['CESS_SOAK'] ? 20 : 1));
const bucket = 'power';
const modes: readonly (readonly [PowerCut, string, Readonly<Record<string, string>>])[] = [
  ['drop', 'and the journal in memory is lost', {}],
  ['keep', 'after the journal was written', {}],
  ['drop', 'and the journal in memory is lost; every role is a process', { CESS_PROCESSES: '1' }],
];

/** Role processes end shortly after their supervisor. */
function restored(power: PowerSupply): true | undefined {
  try {
    power.restore();
    return true;
  } catch {
    return undefined;
  }
}

describe('power cuts', { skip: noPower() }, () => {
  for (const [mode, what, environment] of modes) {
    describe(what, () => {
      const seed = chosenSeed();
      const random = seededRandom(seed);
      let power: PowerSupply;
      let network: TestNetwork;
      let client: S3Client;
      let load: SteadyLoad;

      before(async () => {
        power = new PowerSupply();
        network = await TestNetwork.create({ home: `${power.folder}/network`, environment });
        await network.start();
        client = sdkClient(network.credentials);
        await client.send(new CreateBucketCommand({ Bucket: bucket }));
        load = new SteadyLoad({ client, bucket, lanes: 4, keysPerLane: 12, pauseMs: 20, random });
      });
      after(async () => {
        client?.destroy();
        await network?.destroy();
        power?.destroy();
      });

      it(`${cuts} of them lose nothing acknowledged (CESS_SEED=${seed})`, async (t) => {
        for (let cut = 0; cut < cuts; cut++) {
          const { puts } = load.counts;
          load.start();
          await eventually(async () => load.counts.puts > puts + 10, 'ten uploads');
          await delay(random() * 2_000);
          const endOutage = load.beginOutage();
          power.cut(mode);
          await network.kill();
          await load.stop();
          await eventually(() => restored(power), 'no process uses the file system');
          await network.start();
          endOutage();
          await load.assertAll();
        }
        const undeclared = async () =>
          ((await network.cess('status')) as { gateway: { undeclared: number } }).gateway.undeclared;
        await eventually(async () => (await undeclared()) === 0, 'everything is declared');
        const { puts, deletions, excused } = load.counts;
        t.diagnostic(`${cuts} cuts: ${puts} uploads and ${deletions} deletions acknowledged, ${excused} cut off`);
        assert.ok(puts > 10 * cuts);
      });
    });
  }
});
