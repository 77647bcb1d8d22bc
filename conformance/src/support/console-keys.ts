// Use of a page by the keyboard alone: Tab to what is wanted, then keys.
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

const mostSteps = 150;

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
