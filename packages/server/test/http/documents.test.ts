import { limits } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'
import { Client } from '../websocket/client.ts'

interface Document {
  readonly documentId: string
  readonly title: string
  readonly createdAt: string
  readonly updatedAt: string
}

let server: RealServer

beforeAll(async () => {
  server = await RealServer.start()
})

afterAll(async () => {
  await server.close()
})

function send(method: string, path: string, body: unknown): Promise<Answer> {
  const headers = { 'content-type': 'application/json' }
  return server.ask(path, { method, headers, body: JSON.stringify(body) })
}

function make(body: unknown): Promise<Answer> {
  return send('POST', '/v1/documents', body)
}

function documentIn({ text }: Answer): Document {
  return JSON.parse(text)
}

function listIn({ text }: Answer): { documents: Document[]; next: string | null } {
  return JSON.parse(text)
}

describe('a new document', () => {
  it('gets an id that nobody guesses, and is found under it', async () => {
    const answer = await make({})
    expect(answer.status).toBe(201)
    const made = documentIn(answer)
    expect(made.documentId).toMatch(/^[\w-]{22}$/)
    expect(made).toEqual({ ...made, title: '', createdAt: made.updatedAt })
    expect(new Date(made.createdAt).toISOString()).toBe(made.createdAt)
    expect(answer.headers.location).toBe(`/v1/documents/${made.documentId}`)
    const found = await server.ask(String(answer.headers.location))
    expect(found.status).toBe(200)
    expect(documentIn(found)).toEqual(made)
    expect(documentIn(await make({})).documentId).not.toBe(made.documentId)
  })

  it('has the id and the title that were asked for, without white space around it', async () => {
    const answer = await make({ documentId: 'team/notes.2', title: '  Übung: «a» 🎉 \n' })
    expect(documentIn(answer)).toMatchObject({ documentId: 'team/notes.2', title: 'Übung: «a» 🎉' })
    expect(documentIn(await server.ask('/v1/documents/team/notes.2')).title).toBe('Übung: «a» 🎉')
    expect(documentIn(await server.ask('/v1/documents/team%2Fnotes.2')).title).toBe('Übung: «a» 🎉')
  })

  it('never takes the place of another', async () => {
    await make({ documentId: 'taken', title: 'first' })
    const answer = await make({ documentId: 'taken', title: 'second' })
    expect([answer.status, codeIn(answer)]).toEqual([409, 'DOCUMENT_EXISTS'])
    expect(documentIn(await server.ask('/v1/documents/taken')).title).toBe('first')
  })

  it('made twice at once is made once', async () => {
    const answers = await Promise.all(['a', 'b', 'c'].map((title) => make({ documentId: 'raced', title })))
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['201', '409', '409'])
  })

  it.each([
    ['no object', []],
    ['nothing', null],
    ['a title that is none', { title: 7 }],
    ['a title that is missing', { title: null }],
    ['an id that is none', { documentId: {} }],
    ['a field nobody knows', { name: 'x' }],
  ])('is refused for %s, in words that say what is wrong', async (_what, body) => {
    const answer = await make(body)
    expect([answer.status, codeIn(answer)]).toEqual([400, 'INVALID_REQUEST'])
    expect(answer.text).toMatch(/body/)
  })

  it.each([
    ['too long', 'x'.repeat(limits.titleLength + 1), 'at most 200 characters'],
    ['of two lines', 'one\ntwo', 'no line breaks'],
    ['with a control character', 'a\u0007b', 'control characters'],
    ['with half a character', 'a\ud83d', 'control characters'],
  ])('is refused for a title %s', async (_what, title, said) => {
    for (const answer of [await make({ title }), await send('PATCH', '/v1/documents/taken', { title })]) {
      expect([answer.status, codeIn(answer)]).toEqual([400, 'INVALID_REQUEST'])
      expect(answer.text).toContain(said)
    }
    expect(documentIn(await server.ask('/v1/documents/taken')).title).toBe('first')
  })
})

describe('a document id', () => {
  const wrong: readonly (readonly [string, string])[] = [
    ['with a space', 'a b'],
    ['with an empty segment', 'a//b'],
    ['of dots', '..'],
    ['that climbs', 'a/../b'],
    ['with a letter beyond ASCII', 'é'],
    ['with a percent sign', 'a%b'],
    ['with a zero byte', 'a\0'],
    ['that is too long', 'a'.repeat(limits.documentIdLength + 1)],
  ]

  it.each<readonly [string, string]>([['that is empty', ''], ...wrong])(
    '[ID2] %s is refused when one is made',
    async (_what, documentId) => {
      const answer = await make({ documentId })
      expect([answer.status, codeIn(answer)]).toEqual([400, 'INVALID_DOCUMENT_ID'])
      expect(answer.text).toContain('1 to 200 characters')
    },
  )

  it.each(wrong)('[ID2] %s is refused when one is looked up or renamed', async (_what, documentId) => {
    const path = `/v1/documents/${encodeURIComponent(documentId)}`
    for (const answer of [await server.ask(path), await send('PATCH', path, { title: 'x' })]) {
      expect([answer.status, codeIn(answer)]).toEqual([400, 'INVALID_DOCUMENT_ID'])
      expect(answer.text).toContain('1 to 200 characters')
    }
  })

  it('that nobody has used is answered with 404, and looking it up makes nothing', async () => {
    for (const answer of [
      await server.ask('/v1/documents/unused'),
      await send('PATCH', '/v1/documents/unused', { title: 'x' }),
    ])
      expect([answer.status, codeIn(answer)]).toEqual([404, 'DOCUMENT_NOT_FOUND'])
    const { documents } = listIn(await server.ask('/v1/documents'))
    expect(documents.some(({ documentId }) => documentId === 'unused')).toBe(false)
  })
})

describe('a rename', () => {
  it('is there for those who ask, and told to those who have the document open', async () => {
    await make({ documentId: 'renamed', title: 'old' })
    const client = new Client(`${server.url}/v1/ws/renamed?position=0`, ['cometpad.v1'])
    expect((await client.hear('hello')).title).toBe('old')
    const answer = await send('PATCH', '/v1/documents/renamed', { title: ' new ' })
    expect(answer.status).toBe(200)
    expect(documentIn(answer)).toMatchObject({ documentId: 'renamed', title: 'new' })
    expect((await client.hear('meta')).title).toBe('new')
    expect(documentIn(await server.ask('/v1/documents/renamed')).title).toBe('new')
    await client.leave()
  })

  it('needs a title and nothing else', async () => {
    for (const body of [{}, { title: null }, { title: 'x', documentId: 'y' }, 'x'])
      expect(codeIn(await send('PATCH', '/v1/documents/renamed', body))).toBe('INVALID_REQUEST')
  })
})

describe('the list', () => {
  it('has every document once, over pages of any size, in the order of the ids', async () => {
    const ids = Array.from({ length: 7 }, (_, n) => `list/${n}`)
    for (const documentId of ids.toReversed()) await make({ documentId })
    for (const limit of [1, 3, 7, 100]) {
      const listed: string[] = []
      let after: string | null = ''
      while (after !== null) {
        const page = await server.ask(`/v1/documents?limit=${limit}&after=${encodeURIComponent(after)}`)
        expect(page.status).toBe(200)
        const { documents, next } = listIn(page)
        expect(documents.length).toBeLessThanOrEqual(limit)
        listed.push(...documents.map(({ documentId }) => documentId))
        after = next
      }
      expect(listed.filter((id) => id.startsWith('list/'))).toEqual(ids)
      expect(listed).toEqual(listed.toSorted())
      expect(new Set(listed).size).toBe(listed.length)
    }
  })

  it('has a document that came into being when somebody opened it', async () => {
    const client = new Client(`${server.url}/v1/ws/opened?position=0`, ['cometpad.v1'])
    await client.hear('hello')
    await client.leave()
    const { documents } = listIn(await server.ask('/v1/documents'))
    expect(documents.map(({ documentId }) => documentId)).toContain('opened')
  })

  it.each([
    'limit=0',
    `limit=${limits.listPage + 1}`,
    'limit=ten',
    'limit=1.5',
    'page=2',
    `after=${'a'.repeat(201)}`,
  ])('is refused with %s, in words that say what is wrong', async (query) => {
    const answer = await server.ask(`/v1/documents?${query}`)
    expect([answer.status, codeIn(answer)]).toEqual([400, 'INVALID_REQUEST'])
    expect(answer.text).toMatch(/querystring/)
  })
})
