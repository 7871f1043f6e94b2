/** `details` used as popovers close like popovers: on Escape, on a click elsewhere, and after following a link in them. */
export function closePopovers(): void {
  const open = () => [...document.querySelectorAll<HTMLDetailsElement>('details.popover[open]')];

  document.addEventListener('click', (event) => {
    const target = event.target as Element;
    for (const popover of open()) {
      if (!popover.contains(target) || target.closest('a')) popover.open = false;
    }
  });
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return;
    for (const popover of open()) {
      popover.open = false;
      popover.querySelector('summary')?.focus();
    }
  });
}
