/** The width an element has got, followed as it changes. */
import { useSignal } from '@preact/signals';
import type { RefObject } from 'preact';
import { useLayoutEffect } from 'preact/hooks';

/** @returns CSS pixels; 0 until it is laid out */
export function useWidth(element: RefObject<Element | null>): number {
  const width = useSignal(0);
  useLayoutEffect(() => {
    if (element.current === null) return;
    width.value = Math.floor(element.current.getBoundingClientRect().width);
    const watch = new ResizeObserver(([entry]) => {
      if (entry !== undefined) width.value = Math.floor(entry.contentRect.width);
    });
    watch.observe(element.current);
    return () => watch.disconnect();
  }, [element, width]);
  return width.value;
}
