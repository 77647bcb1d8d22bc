// Cases of the console about the usage of the account over time: charts, their sums, the table of samples, periods without any.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { getAccountUsage } from '@cess/sdk/admin';
import type { StorageClient } from '@cess/sdk/storage';
import type { ConsoleKeys } from './console-keys.js';
import type { ConsoleBrowser } from './console-page.js';

export interface UsageWorld {
  /** Signed in as the root. */
  readonly browser: ConsoleBrowser;
  /** Of its page. */
  readonly keys: ConsoleKeys;
  readonly storage: StorageClient;
}

export function usageHistoryCases(world: () => UsageWorld, skip: string | false): void {
  it('draws what the account stored and transferred over time, for each period, with every sample in a table', {
    skip,
  }, async () => {
    const { browser, keys, storage } = world();
    const { page } = browser;
    const findings = async (what: string) => assert.deepEqual(await browser.seriousFindings(), [], what);
    const taken = await getAccountUsage(storage, 'month');
    assert.ok(taken.samples.length > 0, 'the gateway has taken a sample');
    await browser.open('/account/usage');
    const section = page.getByRole('region', { name: 'Usage over time' });
    const chart = section.getByRole('img', { name: /^Size of all versions: / });
    await chart.waitFor();
    await section.getByText(/^The gateway takes the next sample at /).waitFor();
    assert.equal(await section.getByRole('img').count(), 5);
    await section.getByRole('img', { name: /^Requests by hour, [\d,]+ in total: / }).waitFor();

    const endMs = Date.parse('2026-11-29T12:00:00Z');
    const asked: (string | null)[] = [];
    await page.route('**/api/admin/account/usage?*', async (route) => {
      const period = new URL(route.request().url()).searchParams.get('period');
      asked.push(period);
      const days = Array.from({ length: 30 }, (_, day) => ({
        time: new Date(endMs - (29 - day) * 86_400_000).toISOString(),
        objects: day + 1,
        versions: 2 * (day + 1),
        bytes: day * day * 1_048_576,
        requests: day === 29 ? 0 : 100 * (day + 1),
        receivedBytes: day === 3 ? 5 * 1_048_576 : 0,
        sentBytes: 0,
      }));
      const nextSampleAt = new Date(endMs + 3_600_000).toISOString();
      const interval = period === 'year' ? 'day' : 'hour';
      await route.fulfill({ json: { period, interval, nextSampleAt, samples: period === 'day' ? [] : days } });
    });
    const period = section.getByRole('combobox', { name: 'Period' });
    await keys.choose(period, 'Year');
    const described = section.getByRole('img', {
      name: /^Size of all versions: 0 B at .*, 841 MiB at .*, at most 841 MiB$/,
    });
    await described.waitFor();
    assert.match((await described.locator('path').nth(1).getAttribute('d'))!, /^M0 100L[\s\S]*L100 0$/);
    const sums = [
      /^Requests by day, 43,500 in total: 100 at .*, 0 at .*, at most 2,900$/,
      /^Received by day, 5 MiB in total: 0 B at .*, 0 B at .*, at most 5 MiB$/,
      /^Sent by day, 0 B in total: 0 B at .*, 0 B at .*, at most 0 B$/,
    ];
    for (const name of sums) await section.getByRole('img', { name }).waitFor();
    await keys.press(section.getByText('Samples as a table'));
    const rows = section.getByRole('table', { name: 'Usage over time' }).getByRole('row');
    assert.equal(await rows.count(), 31);
    const cells = async (row: number) => (await rows.nth(row).getByRole('cell').allInnerTexts()).slice(1);
    assert.deepEqual(await cells(1), ['30', '60', '841 MiB', '0', '0 B', '0 B']);
    assert.deepEqual(await cells(27), ['4', '8', '9 MiB', '400', '5 MiB', '0 B']);
    await findings('usage over time');
    await browser.photograph('account-usage-history');
    // The table is wider than a phone, and scrolls by itself.
    await page.setViewportSize({ width: 390, height: 844 });
    const [inside, outside] = await page.evaluate(() => {
      const main = document.querySelector('main')!;
      return [main.scrollWidth, main.clientWidth] as const;
    });
    assert.ok(inside <= outside, `the screen is ${inside} px wide, of ${outside}`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await keys.choose(period, 'Day');
    await section.getByRole('heading', { name: 'No samples in this period' }).waitFor();
    await section.getByText(/^The gateway takes the next sample at /).waitFor();
    await findings('a period without samples');
    assert.deepEqual(asked, ['year', 'day']);
    await page.unroute('**/api/admin/account/usage?*');
  });
}
