import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Log } from '../../src/core/ports.ts'
import { registerErrorHandler } from '../../src/http/error-handler.ts'
import { registerHealthRoutes } from '../../src/http/routes/health.ts'
import { registerStaticApp } from '../../src/http/static-app.ts'
import { MemoryLog } from '../../src/storage/memory-log.ts'
import { RealServer } from '../real-server.ts'

describe('every answer of the server', () => {
  let server: RealServer

  beforeAll(async () => {
    server = await RealServer.start({ origins: ['https://listed.example'] })
  })

  afterAll(async () => {
    await server.close()
  })

  it.each([
    '/',
    '/d/doc',
    '/doctor',
    '/healthz',
    '/readyz',
    '/v1/documents',
    '/v1/ws/doc',
    '/nowhere',
    '/%zz',
  ])('[OR6] tells the browser at %s what it must not do', async (path) => {
    const { headers } = await server.ask(path)
    const policy = String(headers['content-security-policy'])
    expect(policy).toContain("default-src 'self'")
    expect(policy).toContain("script-src 'self';")
    expect(policy).toContain("object-src 'none'")
    expect(policy).not.toMatch(/unsafe|script-src[^;]*\*/)
    expect(policy).toMatch(/frame-ancestors 'self' https:\/\/listed\.example(;|$)/)
    expect(headers['strict-transport-security']).toBeUndefined()
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['referrer-policy']).toBe('same-origin')
  })

  it('is kept from pages of other sites', async () => {
    for (const path of ['/v1/documents', '/healthz', '/']) {
      const answer = await server.ask(path, { headers: { origin: 'https://evil.example' } })
      expect(answer.status).toBe(403)
      expect(answer.text).toContain('ORIGIN_NOT_ALLOWED')
    }
  })

  it('says whether it lives and whether it is ready, never out of a cache', async () => {
    for (const [path, said] of [
      ['/healthz', { status: 'alive' }],
      ['/readyz', { status: 'ready', damagedDocuments: 0 }],
    ] as const) {
      const answer = await server.ask(path)
      expect(answer.status).toBe(200)
      expect(JSON.parse(answer.text)).toEqual(said)
      expect(answer.headers['cache-control']).toBe('no-store')
    }
  })
})

describe('readiness', () => {
  const memory = new MemoryLog({ now: () => 0, random: () => 0.5 })

  interface Health {
    readonly log?: Pick<Log, 'find'>
    readonly isDraining?: boolean
    readonly isWritable?: boolean
  }

  function healthOf({ log = memory, isDraining = false, isWritable = true }: Health): FastifyInstance {
    const app = fastify()
    registerErrorHandler(app)
    registerHealthRoutes(app, {
      log,
      storeStatus: () => ({ isWritable, damaged: [] }),
      isDraining: () => isDraining,
    })
    return app
  }

  it('[CN9, ER3] ends when the server goes down, while it still lives', async () => {
    const app = healthOf({ isDraining: true })
    const ready = await app.inject('/readyz')
    expect(ready.statusCode).toBe(503)
    expect(JSON.parse(ready.body)).toMatchObject({ error: { code: 'DRAINING' } })
    expect(ready.headers['retry-after']).toBeDefined()
    expect((await app.inject('/healthz')).statusCode).toBe(200)
  })

  it('[ER3, ER5] ends when the store cannot be read, and says no more than that', async () => {
    const broken = { find: () => Promise.reject(new Error('/data/leveldb/000007.log: input/output error')) }
    const { statusCode, body } = await healthOf({ log: broken }).inject('/readyz')
    expect(statusCode).toBeGreaterThanOrEqual(500)
    expect(body).not.toContain('leveldb')
  })

  it('[ER3] ends when the store can be read and not written', async () => {
    const { statusCode, body } = await healthOf({ isWritable: false }).inject('/readyz')
    expect(statusCode).toBe(503)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'STORE_UNAVAILABLE' } })
  })
})

describe('the web app', () => {
  let folder = ''
  let app: FastifyInstance

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cometpad-app-'))
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Cometpad</title>')
    await writeFile(join(folder, 'doctor.html'), '<!doctype html><title>Doctor</title>')
    await writeFile(join(folder, 'icon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    await writeFile(join(folder, 'assets/main-a1b2c3.js'), 'export {}')
    app = fastify()
    registerErrorHandler(app)
    await registerStaticApp(app, folder)
  })

  afterAll(async () => {
    await app.close()
    await rm(folder, { recursive: true })
  })

  it.each(['/', '/d/notes', '/d/team/notes', '/d/notes?x=1'])(
    'is one page at %s, asked for anew',
    async (path) => {
      const { statusCode, headers, body } = await app.inject(path)
      expect(statusCode).toBe(200)
      expect(headers['content-type']).toContain('text/html')
      expect(headers['cache-control']).toBe('no-store')
      expect(body).toContain('<title>Cometpad</title>')
    },
  )

  it.each(['/doctor', '/doctor?origin=https://www.example.org'])(
    '[DC5] has another page for the doctor at %s',
    async (path) => {
      const { statusCode, headers, body } = await app.inject(path)
      expect(statusCode).toBe(200)
      expect(headers['content-type']).toContain('text/html')
      expect(headers['cache-control']).toBe('no-store')
      expect(body).toContain('<title>Doctor</title>')
    },
  )

  it('has files that are kept for ever when their name says what is in them', async () => {
    const script = await app.inject('/assets/main-a1b2c3.js')
    expect(script.statusCode).toBe(200)
    expect(script.headers['content-type']).toContain('javascript')
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await app.inject('/icon.svg')).headers['cache-control']).toBe('no-store')
  })

  it.each([
    '/assets/',
    '/assets/gone.js',
    '/../package.json',
    '/%2e%2e/package.json',
    '/assets/..%2f..%2fetc/passwd',
  ])('has nothing at %s', async (path) => {
    const { statusCode, body } = await app.inject(path)
    expect(statusCode).toBe(404)
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'NOT_FOUND' } })
  })

  it('that was not built says how to build it', async () => {
    const empty = fastify()
    await registerStaticApp(empty, join(folder, 'assets'))
    const { statusCode, body } = await empty.inject('/')
    expect(statusCode).toBe(503)
    expect(body).toContain('pnpm build')
  })
})
