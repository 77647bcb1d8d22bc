// npm run bench -- console: how soon the console paints, and how soon it answers a reader, with a list of 100,000 and one of 1,000,000
// objects, in Debian's Chromium over a real network. The lists are answered in the browser, in pages of 50,000, as no test stores a
// million objects; everything else is real. Targets: first contentful paint under 1 s, interactions under 100 ms.

import type { Page } from 'playwright-core';
import { chromiumMissing } from './support/chromium.js';
import { ConsoleBrowser } from './support/console-page.js';
import { TestNetwork } from './support/network.js';

const paints = 5;
const interactions = 20;
const pageSize = 50_000;
const targets = { paintMs: 1_000, interactionMs: 100 };

interface Measured {
  readonly name: string;
  readonly values: readonly number[];
  readonly targetMs?: number;
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const median = (values: readonly number[]) => sorted(values)[Math.floor(values.length / 2)] ?? Number.NaN;

/** From the start of the navigation, with an empty cache each time. */
async function firstPaintMs(network: TestNetwork): Promise<number> {
  const browser = await ConsoleBrowser.open(network.console);
  try {
    await browser.page.goto(network.console);
    await browser.page.getByLabel('Access key ID').waitFor();
    return await browser.page.evaluate(
      () => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    );
  } finally {
    await browser.close();
  }
}

/** Answers the listing of a bucket that holds so many objects. */
async function answerListings(page: Page, total: number): Promise<void> {
  await page.unroute('**/s3/many?**');
  await page.route('**/s3/many?**', (route) => {
    const { searchParams } = new URL(route.request().url());
    const at = Number(searchParams.get('continuation-token') ?? 0);
    const prefix = searchParams.get('prefix') ?? '';
    const keys = Array.from(
      { length: Math.min(pageSize, total - at) },
      (_, index) => `object-${String(at + index).padStart(7, '0')}`,
    ).filter((key) => key.startsWith(prefix));
    const entries = keys.map(
      (key) => `<Contents><Key>${key}</Key><Size>1</Size><LastModified>2026-11-28T00:00:00Z</LastModified></Contents>`,
    );
    const next = at + pageSize < total ? `<NextContinuationToken>${at + pageSize}</NextContinuationToken>` : '';
    const body = `<ListBucketResult>${entries.join('')}${next}</ListBucketResult>`;
    return route.fulfill({ contentType: 'application/xml', body });
  });
}

async function loadAll(page: Page, total: number): Promise<void> {
  const body = page.locator('.listing-body');
  for (;;) {
    const text = await page.locator('.row.between .faint').innerText();
    if (Number(/^[\d,]+/.exec(text)?.[0].replaceAll(',', '')) >= total) return;
    await body.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await page.waitForTimeout(50);
  }
}

/** Durations of events as the browser measures them, from the input to the next paint; steps of 8 ms. */
async function eventDurations(page: Page, act: (index: number) => Promise<void>): Promise<readonly number[]> {
  await page.evaluate(() => {
    const seen: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries())
        if ((entry as { interactionId?: number }).interactionId) seen.push(entry.duration);
    });
    observer.observe({ type: 'event', durationThreshold: 16 } as PerformanceObserverInit);
    const inputs = () => {
      const { eventCounts } = performance as unknown as { eventCounts: ReadonlyMap<string, number> };
      return (eventCounts.get('click') ?? 0) + (eventCounts.get('keydown') ?? 0);
    };
    Object.assign(globalThis, { seen, observer, inputs, inputsBefore: inputs() });
  });
  for (let index = 0; index < interactions; index++) {
    await act(index);
    await page.waitForTimeout(100);
  }
  const { inputs, slow } = await page.evaluate(() => {
    const { seen, observer, inputs, inputsBefore } = globalThis as unknown as {
      seen: number[];
      observer: PerformanceObserver;
      inputs: () => number;
      inputsBefore: number;
    };
    observer.disconnect();
    return { inputs: inputs() - inputsBefore, slow: seen };
  });
  if (inputs < interactions) throw new Error(`the page saw ${inputs} of ${interactions} inputs`);
  // Those of less than 16 ms are not reported.
  return slow.length === 0 ? [16] : slow;
}

/** The longest time between two frames of each of some jumps of the scroll bar. */
async function scrollFrames(page: Page): Promise<readonly number[]> {
  return page.evaluate(async (jumps) => {
    const list = document.querySelector('.listing-body')!;
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const longest: number[] = [];
    for (let jump = 0; jump < jumps; jump++) {
      let before = await frame();
      list.scrollTo(0, (list.scrollHeight * ((jump * 7) % jumps)) / jumps);
      let most = 0;
      for (let frames = 0; frames < 5; frames++) {
        const now = await frame();
        most = Math.max(most, now - before);
        before = now;
      }
      longest.push(most);
    }
    return longest;
  }, interactions);
}

/** One of five rows amid the view, whatever the rows around it: a click scrolls to nothing. */
const rowInView = (index: number) => 12 + (index % 5);

async function measureList(browser: ConsoleBrowser, total: number): Promise<readonly Measured[]> {
  const { page } = browser;
  await answerListings(page, total);
  await browser.open('/files');
  await browser.open('/files/many');
  await loadAll(page, total);
  const name = `${total.toLocaleString('en-US')} objects`;
  const targetMs = targets.interactionMs;
  const selected = await eventDurations(page, (index) =>
    page.locator('.listing-row input').nth(rowInView(index)).click(),
  );
  const opened = await eventDurations(page, async (index) => {
    await page.locator('.listing-row button').nth(rowInView(index)).click();
    await page.getByRole('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
  const frames = await scrollFrames(page);
  const typed = await eventDurations(page, (index) =>
    page.getByLabel('Name begins with').press(index % 2 === 0 ? 'o' : 'Backspace'),
  );
  return [
    { name: `${name}: select a row`, values: selected, targetMs },
    { name: `${name}: open an object`, values: opened, targetMs },
    { name: `${name}: longest frame of a jump`, values: frames, targetMs },
    { name: `${name}: type into the search`, values: typed, targetMs },
  ];
}

if (chromiumMissing) {
  print(`| console | skipped: ${chromiumMissing} |\n|---|---|`);
} else {
  const network = await TestNetwork.create();
  try {
    await network.start();
    const painted: number[] = [];
    for (let run = 0; run < paints; run++) painted.push(await firstPaintMs(network));
    const browser = await ConsoleBrowser.open(network.console);
    browser.page.setDefaultTimeout(120_000);
    await browser.signIn(network.credentials);
    await browser.page.getByRole('heading', { name: 'Files' }).waitFor();
    const measured: Measured[] = [
      { name: 'first contentful paint, empty cache', values: painted, targetMs: targets.paintMs },
      ...(await measureList(browser, 100_000)),
      ...(await measureList(browser, 1_000_000)),
    ];
    await browser.close();
    print('| console, ms | median | longest | target of the median |\n|---|---|---|---|');
    const rows = measured.map(({ name, values, targetMs }) => {
      const row = {
        name,
        median: median(values),
        longest: Math.max(...values),
        met: targetMs === undefined || median(values) < targetMs,
      };
      print(
        `| ${name} | ${row.median.toFixed(0)} | ${row.longest.toFixed(0)} | ${row.met ? 'met' : 'MISSED'}: ${targetMs} |`,
      );
      return row;
    });
    print(JSON.stringify({ benchmark: 'console', rows }));
  } finally {
    await network.destroy();
  }
}
