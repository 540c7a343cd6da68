/** Content over HTTP on a real server, as a program sees it: rights, types, tags, and what becomes of a document. */
import { limits } from '@cometpad/shared'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RealServer, codeIn } from '../real-server.ts'
import type { Answer } from '../real-server.ts'

let server: RealServer
let made = 0

beforeAll(async () => {
  server = await RealServer.start()
})

afterAll(async () => {
  await server.close()
})

function newPath(): string {
  made += 1
  return `/v1/content/notes/${made}`
}

function send(
  method: string,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  return server.ask(path, { method, headers: { 'content-type': 'text/markdown', ...headers }, body })
}

async function read(path: string, format: string): Promise<string> {
  const answer = await server.ask(`${path}?format=${format}`)
  expect(answer.status).toBe(200)
  return answer.text
}

describe('content of a document', () => {
  it('[CO1] is written as Markdown and read in every format', async () => {
    const path = newPath()
    const answer = await send('PUT', path, '# Notes\n\nAll were *there*.\n\n- one\n- [x] two\n')
    expect(answer.status).toBe(201)
    expect(answer.headers.location).toBe(path)
    expect(await read(path, 'markdown')).toBe('# Notes\n\nAll were *there*.\n\n- one\n- [x] two\n')
    expect(await read(path, 'html')).toBe(
      '<h1>Notes</h1>\n<p>All were <em>there</em>.</p>\n' +
        '<ul><li>one</li><li><input type="checkbox" disabled checked> two</li></ul>\n',
    )
    expect(await read(path, 'text')).toBe('Notes\n\nAll were there.\n\none\n\ntwo\n')
    const { root } = JSON.parse(await read(path, 'json'))
    expect(root.children.map(({ type }: { type: string }) => type)).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
    ])
    const plain = await server.ask(path)
    expect(plain.text).toBe(await read(path, 'markdown'))
    expect(plain.headers['content-type']).toBe('text/markdown; charset=utf-8')
    expect(plain.headers['content-security-policy']).toContain('sandbox')
  })

  it.each([
    ['text/html', '<h2>a</h2><p>b <strong>c</strong></p>', '## a\n\nb **c**\n'],
    ['text/plain; charset=UTF-8', 'a\nb\n\n*c*\n', 'a\\\nb\n\n\\*c\\*\n'],
    [
      'application/json',
      JSON.stringify({
        root: {
          type: 'root',
          version: 1,
          direction: null,
          format: '',
          indent: 0,
          children: [
            { type: 'heading', tag: 'h3', version: 1, direction: null, format: '', indent: 0, children: [] },
          ],
        },
      }),
      '###\n',
    ],
  ])('[CO1] may come as %s', async (type, body, expected) => {
    const path = newPath()
    expect((await send('PUT', path, body, { 'content-type': type })).status).toBe(201)
    expect(await read(path, 'markdown')).toBe(expected)
  })

  it('[CO1] is added at the end with POST, and takes the place of nothing', async () => {
    const path = newPath()
    expect((await send('POST', path, 'one')).status).toBe(201)
    const added = await send('POST', path, '- two\n')
    expect([added.status, added.text]).toEqual([204, ''])
    await send('POST', path, '- three\n')
    expect(await read(path, 'markdown')).toBe('one\n\n- two\n- three\n')
  })

  it('[CO1] is refused in other types and encodings, and of no document there is any', async () => {
    const path = newPath()
    for (const type of ['application/xml', 'text/markdown; charset=latin1', '']) {
      const answer = await send('PUT', path, 'x', { 'content-type': type })
      expect([answer.status, codeIn(answer)]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE'])
    }
    const none = await server.ask(`${path}?format=html`)
    expect([none.status, codeIn(none)]).toEqual([404, 'DOCUMENT_NOT_FOUND'])
    const other = await server.ask(`${path}?format=pdf`)
    expect([other.status, codeIn(other)]).toEqual([400, 'INVALID_REQUEST'])
  })

  it('[CO5] has a tag that moves with every edit, and that an edit may insist on', async () => {
    const path = newPath()
    const first = (await send('PUT', path, 'one', { 'if-none-match': '*' })).headers.etag ?? ''
    expect(first).toMatch(/^"[0-9a-f]{32}\.\d{16}"$/)
    expect((await server.ask(path)).headers.etag).toBe(first)
    const same = await server.ask(path, { headers: { 'if-none-match': first } })
    expect([same.status, same.text]).toEqual([304, ''])
    const second = await send('PUT', path, 'two', { 'if-match': first })
    expect(second.status).toBe(204)
    const late = await send('PUT', path, 'three', { 'if-match': first })
    expect([late.status, codeIn(late)]).toEqual([412, 'CONTENT_CHANGED'])
    const again = await send('PUT', path, 'three', { 'if-none-match': '*' })
    expect([again.status, codeIn(again)]).toEqual([412, 'CONTENT_CHANGED'])
    expect(await read(path, 'text')).toBe('two\n')
    expect((await server.ask(path)).headers.etag).toBe(second.headers.etag)
  })

  it('[CO3] appends nothing when it comes back as it was read, in any format', async () => {
    const path = newPath()
    await send('PUT', path, '# A\n\n> b\n\n1. c\n   - d\n\n---\n\n`e`  \nf **g**')
    const { etag } = (await server.ask(path)).headers
    for (const [format, type] of [
      ['markdown', 'text/markdown'],
      ['html', 'text/html'],
      ['text', 'text/plain'],
      ['json', 'application/json'],
    ] as const) {
      const answer = await send('PUT', path, await read(path, format), { 'content-type': type })
      expect([format, answer.status, answer.headers.etag]).toEqual([format, 204, etag])
    }
  })

  it('[CO4] written by several at the same time is there once from each', async () => {
    const path = newPath()
    const words = ['one', 'two', 'three', 'four', 'five', 'six']
    await Promise.all(words.map((word) => send('POST', path, word)))
    expect((await read(path, 'text')).trim().split('\n\n').toSorted()).toEqual(words.toSorted())
    await Promise.all(words.map(() => send('PUT', path, 'the end')))
    expect(await read(path, 'text')).toBe('the end\n')
  })

  it('[CO6] has no script and no dangerous link, whatever came', async () => {
    const path = newPath()
    const hostile =
      '<script>alert(1)</script><p onclick="alert(1)">a<a href=" javascript:alert(1)">b</a>' +
      '<a href="https://example.org/?a&quot;b">c</a><img src=x onerror=alert(1) alt="d"><svg><script>x</script></svg>'
    await send('PUT', path, hostile, { 'content-type': 'text/html' })
    const html = await read(path, 'html')
    expect(html).toBe('<p>ab<a href="https://example.org/?a&quot;b" rel="noopener noreferrer">c</a>d</p>\n')
    await send(
      'PUT',
      path,
      '[x](javascript:alert(1)) <script>alert(1)</script> ![y](data:text/html,z)\n\n<script>alert(2)</script>',
    )
    for (const format of ['markdown', 'html', 'json'])
      expect(await read(path, format)).not.toMatch(/script:|<script|data:/)
  })

  it('[CO7] is refused when it is too large, and when it cannot be read', async () => {
    const path = newPath()
    const large = await send('PUT', path, 'x'.repeat(limits.contentBytes + 1))
    expect([large.status, codeIn(large)]).toEqual([413, 'MESSAGE_TOO_LARGE'])
    for (const body of [
      '{',
      '[]',
      '{"root":{}}',
      '{"root":{"children":[{"type":"paragraph"},{"type":"nonsense"}]}}',
    ]) {
      const answer = await send('PUT', path, body, { 'content-type': 'application/json' })
      expect([body, answer.status, codeIn(answer)]).toEqual([body, 422, 'CONTENT_UNREADABLE'])
    }
    expect((await server.ask(path)).status).toBe(404)
  })
})
