// Use of a page by the keyboard alone: Tab to what is wanted, then keys.
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

/** Steps around the page; what appears meanwhile is reached in a later round. */
const mostSteps = 500;

export class ConsoleKeys {
  constructor(private readonly page: Page) {}

  /** Tab until the element has the focus. */
  async reach(target: Locator): Promise<void> {
    await target.waitFor();
    for (let step = 0; step < mostSteps; step++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${target} cannot be reached by Tab`);
  }

  /** Name of the control that has the focus, as a screen reader says it. */
  focused(): Promise<string> {
    return this.page.evaluate(() => {
      const element = document.activeElement;
      const label = (element as HTMLInputElement | null)?.labels?.[0]?.textContent;
      return (element?.getAttribute('aria-label') ?? label ?? element?.textContent ?? '').trim();
    });
  }

  /** Tab until a control of that name has the focus. */
  async reachName(name: string): Promise<void> {
    for (let step = 0; step < mostSteps; step++) {
      if ((await this.focused()) === name) return;
      await this.page.keyboard.press('Tab');
    }
    assert.fail(`${name} cannot be reached by Tab`);
  }

  async useName(name: string, key = 'Enter'): Promise<void> {
    await this.reachName(name);
    await this.page.keyboard.press(key);
  }

  async strike(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  async press(target: Locator): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('Enter');
  }

  /** Replaces what a field holds. */
  async type(target: Locator, text: string): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  /** In a closed list, typing the beginning of an option selects it. */
  async choose(target: Locator, option: string): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.type(option);
  }

  /** Arrow keys move between tabs. */
  async openTab(name: string): Promise<void> {
    const selected = this.page.getByRole('tab', { selected: true }).first();
    await this.reach(selected);
    for (let step = 0; step < mostSteps; step++) {
      const before = await selected.innerText();
      if (before === name) return;
      await this.page.keyboard.press('ArrowRight');
      await selected.and(this.page.getByRole('tab').filter({ hasNotText: before })).waitFor();
    }
    assert.fail(`the tab ${name} cannot be reached`);
  }
}
