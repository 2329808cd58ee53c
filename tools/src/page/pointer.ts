/** Where things are on screen, and what the pointer finds there. */
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';

type Box = NonNullable<Awaited<ReturnType<Locator['boundingBox']>>>;

/** @returns CSS pixels, once it is there */
export async function placeOf(element: Locator): Promise<Box> {
  const box = await element.boundingBox();
  if (box === null) throw new Error('it has no place on screen');
  return box;
}

/** Moves down `plot`, again and again until `tip` is there. @param x share of its width */
export async function pointAt(plot: Locator, x: number, tip: Locator): Promise<void> {
  const box = await placeOf(plot);
  const sweep = async () => {
    for (let down = 4; down < box.height && !(await tip.isVisible()); down += 6) {
      await plot.page().mouse.move(box.x + box.width * x, box.y + down);
    }
    return tip.isVisible();
  };
  await expect.poll(sweep).toBe(true);
}
