/** What stands where there is nothing to show: what is the matter, and what to do. */
import type { ComponentChildren } from 'preact';

export function Notice({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="notice panel">
      <h1>{title}</h1>
      {children}
    </section>
  );
}
