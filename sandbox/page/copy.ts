import { announce } from './state.ts';

/** Copies, and says so; where the browser refuses, selects the text and says what to press. */
export async function copyText(text: string, shown: HTMLElement | null, what: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    announce(`Copied ${what}`);
  } catch {
    if (shown) getSelection()?.selectAllChildren(shown);
    announce(document.execCommand('copy') ? `Copied ${what}` : `Selected ${what}: press Ctrl or Command and C to copy`);
  }
}
