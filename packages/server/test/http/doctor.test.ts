import { errorTable, limits } from '@cometpad/shared'
import { DOCTOR_PATH, DOCTOR_SOCKET_PATH, DOCTOR_TYPE } from '@cometpad/shared/doctor'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { runCommand } from '../command-line.ts'
import { RealServer, codeIn } from '../real-server.ts'

const LISTED = 'https://pad.example.org'
let server: RealServer

beforeEach(async () => {
  server = await RealServer.start({ origins: [LISTED] })
})

afterEach(async () => {
  await server.close()
})

describe('what a doctor asks for', () => {
  it('[DC1] makes no document, and is no document', async () => {
    await server.ask(DOCTOR_PATH)
    await server.ask(`${DOCTOR_PATH}?live=stream`)
    await echo()
    expect(JSON.parse((await server.ask('/v1/documents')).text)).toMatchObject({ documents: [] })
    const made = await server.ask('/v1/documents', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ documentId: '+doctor' }),
    })
    expect(codeIn(made)).toBe('INVALID_DOCUMENT_ID')
  })

  it('[DC2] are facts of the server and of the request', async () => {
    const before = Date.now()
    const { status, text, headers } = await server.ask(
      `${DOCTOR_PATH}?host=${server.host}&origin=${encodeURIComponent(LISTED)}`,
    )
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store, no-transform')
    const facts = JSON.parse(text)
    expect(facts).toMatchObject({ product: 'cometpad', protocol: 1, isHostKept: true, isOriginAllowed: true })
    expect(facts.time).toBeGreaterThanOrEqual(before)
    expect(facts.time).toBeLessThanOrEqual(Date.now())
  })

  it.each([
    { query: '', facts: { isHostKept: null, isOriginAllowed: null } },
    { query: '?host=elsewhere', facts: { isHostKept: false } },
    { query: `?host=OWN:443`, host: 'OWN', facts: { isHostKept: true } },
    { query: '?origin=https://evil.example', facts: { isOriginAllowed: false } },
  ])('[DC2] tell the host and the origin of "$query" apart', async ({ query, host, facts }) => {
    const answer = await server.ask(`${DOCTOR_PATH}${query}`, host === undefined ? {} : { headers: { host } })
    expect(JSON.parse(answer.text)).toMatchObject(facts)
  })

  it('[DC2, OR1] are told a page of ours with the headers that the site it names would get, if it is listed', async () => {
    const asking = (origin: string, headers: Record<string, string> = {}) =>
      server.ask(`${DOCTOR_PATH}?origin=${encodeURIComponent(origin)}`, { headers })
    const { headers } = await asking(LISTED)
    expect(headers['access-control-allow-origin']).toBe(LISTED)
    expect(headers['access-control-expose-headers']).toContain('Stream-Next-Offset')
    const unlisted = await asking('https://evil.example')
    expect(unlisted.headers['access-control-allow-origin']).toBeUndefined()
    const own = await asking(LISTED, { origin: server.url })
    expect(own.headers['access-control-allow-origin']).toBeUndefined()
  })

  it('[DC2] is a stream of two bytes, a second apart', async () => {
    const times: number[] = []
    const { body, headers } = await fetch(`${server.url}${DOCTOR_PATH}?live=stream`)
    expect(headers.get('x-accel-buffering')).toBe('no')
    for await (const chunk of body ?? []) {
      expect(chunk).toHaveLength(1)
      times.push(performance.now())
    }
    expect(times).toHaveLength(2)
    // A busy machine may write the first one late, and never the second one early.
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(limits.streamTickMs / 2)
  })

  it('[DC2] is a request that is held as long as it says', async () => {
    const began = performance.now()
    const { status } = await server.ask(`${DOCTOR_PATH}?live=long-poll`, {
      headers: { 'cometpad-hold': '1000' },
    })
    expect(status).toBe(200)
    expect(performance.now() - began).toBeGreaterThan(990)
  })

  it.each(['0', '999', '55001', 'long', ''])('[DC2] and not for "%s" milliseconds', async (hold) => {
    const answer = await server.ask(`${DOCTOR_PATH}?live=long-poll`, { headers: { 'cometpad-hold': hold } })
    expect(codeIn(answer)).toBe('INVALID_REQUEST')
  })

  it('[DC2] is a body of any size that a document takes, and no larger one', async () => {
    const post = (bytes: number) =>
      fetch(`${server.url}${DOCTOR_PATH}`, {
        method: 'POST',
        headers: { 'content-type': DOCTOR_TYPE },
        body: new Uint8Array(bytes),
      })
    expect((await post(2 * limits.messageBytes)).status).toBe(204)
    expect((await post(limits.postBytes + 1)).status).toBe(errorTable.MESSAGE_TOO_LARGE.status)
  })

  it('[DC2] is an echo, and only by WebSocket', async () => {
    expect(await echo()).toEqual(Buffer.from([7]))
    expect(codeIn(await server.ask(DOCTOR_SOCKET_PATH))).toBe('UPGRADE_REQUIRED')
  })

  it('[DC1, OR1] is for the pages that may use the server', async () => {
    const headers = { origin: 'https://evil.example' }
    for (const path of [DOCTOR_PATH, `${DOCTOR_PATH}?live=stream`])
      expect(codeIn(await server.ask(path, { headers }))).toBe('ORIGIN_NOT_ALLOWED')
    expect(codeIn(await server.askToUpgrade(DOCTOR_SOCKET_PATH, headers))).toBe('ORIGIN_NOT_ALLOWED')
  })

  it('[DC1] is not for too many at a time, and holds up no server that goes down', async () => {
    const held = Array.from({ length: limits.doctorProbes }, () =>
      server.ask(`${DOCTOR_PATH}?live=long-poll`).catch(() => 'cut'),
    )
    await expect
      .poll(async () => (await server.ask(`${DOCTOR_PATH}?live=stream`)).status)
      .toBe(errorTable.OVERLOADED.status)
    expect(codeIn(await server.askToUpgrade(DOCTOR_SOCKET_PATH))).toBe('OVERLOADED')
    expect((await server.ask(DOCTOR_PATH)).status).toBe(200)
    const began = performance.now()
    await server.server.close()
    await Promise.all(held)
    expect(performance.now() - began).toBeLessThan(limits.pollHoldMs / 2)
  })
})

it('[DC1, DC5] the page and what it asks for need no token', async () => {
  const guarded = await RealServer.start({ auth: 'token', tokenSecret: 'a secret of at least 32 letters.' })
  try {
    expect((await guarded.ask('/v1/documents')).status).toBe(401)
    // 503: the page has not been built.
    expect([200, 503]).toContain((await guarded.ask('/doctor')).status)
    expect((await guarded.ask(DOCTOR_PATH)).status).toBe(200)
    expect((await guarded.askToUpgrade(DOCTOR_SOCKET_PATH)).status).toBe(101)
  } finally {
    await guarded.close()
  }
})

describe('cometpad doctor', () => {
  it.each([
    [['--hold', '1'], 'Say which server'],
    [['--url'], 'argument missing'],
    [['--url', 'pad.example.org'], 'is no address of a server'],
    [['--url', 'ftp://pad.example.org'], 'is no address of a server'],
    [['--url', 'https://pad.example.org', '--hold', '0'], '--hold is 1 to 55 seconds'],
    [['--url', 'https://pad.example.org', '--origin', 'https://www.example.org/'], 'is no origin'],
    [['--ulr', 'https://pad.example.org'], "Unknown option '--ulr'"],
  ])('[DC4] refuses %j', async (argv, words) => {
    const { code, out, err } = await runCommand(['doctor', ...argv])
    expect(code).toBe(64)
    expect(out).toBe('')
    expect(err).toContain(words)
  })

  it('[DC4] says all in lines, and ends with 0 when all is well', async () => {
    const { code, out, err } = await runCommand([
      'doctor',
      '--url',
      server.url,
      '--hold=1',
      '--origin',
      LISTED,
    ])
    expect(err).toBe('')
    const lines = out.trim().split('\n')
    expect(lines.filter((line) => line.startsWith('ok '))).toHaveLength(8)
    expect(lines.at(-1)).toBe('Editing is live here, over WebSocket.')
    expect(code).toBe(0)
  })

  it('[DC4] ends with 3 when there is no server', async () => {
    const { code, out } = await runCommand(['doctor', '--url', 'http://127.0.0.1:9'])
    expect(out).toContain('The server cannot be reached: connect ECONNREFUSED')
    expect(code).toBe(3)
  })

  it('[DC4, CM5] says nothing with --quiet, and all in one line with --json', async () => {
    const nobody = ['doctor', '--url', 'http://127.0.0.1:9']
    expect(await runCommand([...nobody, '--quiet'])).toEqual({ code: 3, out: '', err: '' })
    const { code, out } = await runCommand([...nobody, '--json'])
    expect(out).toMatch(/^\{[^\n]+\}\n$/)
    expect(JSON.parse(out)).toMatchObject({ url: 'http://127.0.0.1:9/', verdict: 'bad' })
    expect(code).toBe(3)
  })

  it('[DC4] names the origin that is not listed, exactly as it has to be written', async () => {
    const origin = 'https://www.example.net'
    const { code, out } = await runCommand([
      'doctor',
      '--url',
      `${server.url}/`,
      '--hold',
      '1',
      '--origin',
      origin,
    ])
    expect(out).toContain(`Cometpad: add ${origin} to COMETPAD_ORIGINS`)
    expect(code).toBe(2)
  })
})

function echo(): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${server.host}${DOCTOR_SOCKET_PATH}`)
    socket.on('error', reject)
    socket.on('open', () => socket.send(Buffer.from([7])))
    socket.on('message', (data) => {
      socket.terminate()
      resolve(data)
    })
  })
}
