// IFACE-1: the texts of the console are complete in every language.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountEn } from './account-en.js';
import { callsEn } from './calls-en.js';
import { networkEn } from './network-en.js';
import { operatorEn } from './operator-en.js';
import { catalogues, createTexts, isLanguage, preferredLanguage } from './texts.js';

const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort();

describe('texts of the console', () => {
  it('have the same keys and placeholders in every language, and none is empty', () => {
    const { en, ...others } = catalogues;
    for (const [language, catalogue] of Object.entries(others)) {
      assert.deepEqual(Object.keys(catalogue).sort(), Object.keys(en).sort(), language);
      for (const [key, text] of Object.entries(catalogue)) {
        assert.notEqual(text.trim(), '', `${language} ${key}`);
        assert.deepEqual(placeholders(text), placeholders(en[key as keyof typeof en]), `${language} ${key}`);
      }
    }
  });

  it('come from parts of which none replaces a text of another', () => {
    for (const part of [accountEn, callsEn, networkEn, operatorEn])
      for (const [key, text] of Object.entries(part)) assert.equal(catalogues.en[key as keyof typeof part], text, key);
  });

  it('are filled with values, and values with braces are not filled again', () => {
    const { t } = createTexts('en');
    assert.equal(t('files.select', { name: '{count}' }), 'Select {count}');
  });

  it('numbers have the marks of the language and binary units', () => {
    assert.equal(createTexts('en').bytes(1536), '1.5 KiB');
    assert.equal(createTexts('de').bytes(1536), '1,5 KiB');
    assert.equal(createTexts('en').bytes(0), '0 B');
    assert.equal(createTexts('en').bytes(2 ** 50), '1 PiB');
  });

  it('durations have the largest unit of which there is one', () => {
    const { duration } = createTexts('en');
    assert.deepEqual([0, 400, 1000, 90_000, 5_400_000, 86_400_000, 10 ** 9].map(duration), [
      '0 seconds',
      '0.4 seconds',
      '1 second',
      '1.5 minutes',
      '1.5 hours',
      '1 day',
      '11.6 days',
    ]);
    assert.equal(createTexts('de').duration(90_000), '1,5 Minuten');
  });

  it('are in the first language of the browser that there are texts for', () => {
    assert.equal(preferredLanguage(['fr-FR', 'de-AT', 'en']), 'de');
    assert.equal(preferredLanguage(['fr']), 'en');
    assert.deepEqual(['de', 'fr', 'toString', undefined].map(isLanguage), [true, false, false, false]);
  });
});
