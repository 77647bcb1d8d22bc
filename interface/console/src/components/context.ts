// What every component needs: texts in the language of the reader, who is signed in, and short messages.
import { createContext, use } from 'react';
import type { SignedIn } from '../api/session.js';
import { createTexts, type Language, type Texts } from '../i18n/texts.js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export interface Preferences {
  readonly theme: Theme;
  readonly language: Language;
  setTheme(theme: Theme): void;
  setLanguage(language: Language): void;
}

export const TextsContext = createContext<Texts>(createTexts('en'));
export const PreferencesContext = createContext<Preferences | undefined>(undefined);
export const SessionContext = createContext<SignedIn | undefined>(undefined);
export const ToastContext = createContext<(text: string) => void>(() => {});

export function useTexts(): Texts {
  return use(TextsContext);
}

export function usePreferences(): Preferences {
  return required(use(PreferencesContext));
}

export function useSession(): SignedIn {
  return required(use(SessionContext));
}

export function useToast(): (text: string) => void {
  return use(ToastContext);
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the component stands outside the application');
  return value;
}
