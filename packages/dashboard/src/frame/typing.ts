/** Whether a key belongs to what is focused, and not to the page's shortcuts. */

export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  const { target } = event;
  return target instanceof Element && target.closest('input, select, textarea, dialog') !== null;
}
