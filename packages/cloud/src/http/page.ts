/** The page's files, at the root. Where they were not built, a line that says how. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'";
const NOT_BUILT =
  '<!doctype html><title>Fernsight</title><p>The page is not built yet. In the clone, run <code>npm run build:page</code> and reload.</p>';
/** Files under assets/ carry their hash in the name. */
const YEAR_SECONDS = 31_536_000;

/** @returns the folder of the page that the package @fernsight/dashboard was built to */
export function builtPageDir(): string {
  return fileURLToPath(new URL('dist', import.meta.resolve('@fernsight/dashboard/package.json')));
}

export async function servePage(app: FastifyInstance, pageDir: string): Promise<void> {
  if (!existsSync(join(pageDir, 'index.html'))) {
    app.get('/', (_request, reply) => reply.code(503).type('text/html').send(NOT_BUILT));
    return;
  }
  await app.register(fastifyStatic, {
    root: pageDir,
    cacheControl: false,
    setHeaders: (reply, path) => {
      const isHashed = path.includes(`${join(pageDir, 'assets')}`);
      reply.header(
        'cache-control',
        isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache',
      );
      reply.header('content-security-policy', POLICY);
      reply.header('x-content-type-options', 'nosniff');
      reply.header('referrer-policy', 'no-referrer');
    },
  });
}
