/** The web app: built files with hashed names, one page for every address of a document, and the doctor's. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'

const NOT_BUILT =
  'The web app has not been built. Run "pnpm build" (or "npm start", which does) and start the server again.\n'

/** Where the build of the editor package puts the app; the same place from src and from dist. */
export const builtApp = fileURLToPath(new URL('../../../editor/app/dist/', import.meta.url))

export async function registerStaticApp(app: FastifyInstance, folder: string): Promise<void> {
  const isBuilt = existsSync(join(folder, 'index.html'))
  if (isBuilt)
    await app.register(fastifyStatic, {
      root: folder,
      index: false,
      wildcard: false,
      cacheControl: false,
      setHeaders,
    })
  const page =
    (file: string) =>
    (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
      isBuilt ? reply.sendFile(file) : reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
  app.get('/', page('index.html'))
  app.get('/d/*', page('index.html'))
  app.get('/doctor', page('doctor.html'))
}

function setHeaders(reply: FastifyReply, path: string): void {
  const isHashed = path.includes('/assets/')
  void reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-store')
}
