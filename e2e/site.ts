/**
 * A site of somebody else, on a port and thus an origin of its own, whose one page embeds the editor. It forbids everything
 * that docs/embedding.md does not tell it to allow.
 */
import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { fileOfBundle } from './embedding/build.ts'

const DOCS = fileURLToPath(new URL('../docs/embedding.md', import.meta.url))
const PAGE =
  '<!doctype html><html lang="en"><title>Another site</title><body><script type="module" src="/main.js"></script></body></html>'

export class Site {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  static async start(): Promise<Site> {
    const policyFor = policyIn(await readFile(DOCS, 'utf8'))
    const server = createServer(({ url = '/' }, answer) => {
      if (url.endsWith('.js')) {
        answer.setHeader('content-type', 'text/javascript; charset=utf-8')
        createReadStream(fileOfBundle(url.slice(1))).pipe(answer)
        return
      }
      const asked = new URL(url, 'http://site.invalid').searchParams.get('server') ?? ''
      answer.setHeader('content-type', 'text/html; charset=utf-8')
      answer.setHeader('content-security-policy', policyFor(asked))
      answer.end(PAGE)
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Site(server)
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  /** The page that shows a document of a server, through one of the doors. */
  page(server: string, documentId: string, query: Readonly<Record<string, string>> = {}): string {
    return `${this.origin}/?${new URLSearchParams({ server, document: documentId, ...query }).toString()}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

/** The policy that the page tells others to send, for a server of ours. */
function policyIn(docs: string): (server: string) => string {
  const policy = /^Content-Security-Policy: (.*)$/m.exec(docs)?.[1]
  if (policy === undefined) throw new TypeError('docs/embedding.md has no policy')
  return (server) =>
    policy
      .replace('wss://pad.example.org', server.replace(/^http/, 'ws'))
      .replace('https://pad.example.org', server)
}
