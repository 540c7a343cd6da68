/**
 * Documents as content in a format, read and written: takes the state from the log, has it converted in a thread, and gives the
 * change to the room. Edits of one document made here follow each other. Knows no HTTP and no rights.
 */
import { CometpadError, formatOffset } from '@cometpad/shared'
import type { Limits } from '@cometpad/shared'
import type { DocumentHead, Grant, Log, RoomsPort } from '../core/ports.ts'
import { appendUpdate } from './append-update.ts'
import type { ContentAnswer, FormatName, Manner } from './content-job.ts'
import { readState } from './document-state.ts'
import { ThreadPool } from './thread-pool.ts'
import { Turns } from '../core/turns.ts'

export interface DocumentContentOptions {
  readonly log: Pick<Log, 'find' | 'snapshot' | 'read'>
  readonly rooms: RoomsPort
  readonly limits: Limits
}

export interface ContentWrite {
  readonly documentId: string
  readonly grant: Grant
  /** Whose it counts as when it makes a document. */
  readonly source: string
  readonly format: FormatName
  readonly content: string
  readonly manner: Manner
  /** Says of the tag of the document whether it may be written; undefined: there is no such document. */
  readonly accepts: (tag: string | undefined) => boolean
}

export class DocumentContent {
  readonly #options: DocumentContentOptions
  readonly #pool: ThreadPool
  readonly #turns: Turns

  constructor(options: DocumentContentOptions) {
    this.#options = options
    this.#pool = new ThreadPool(options)
    this.#turns = new Turns({ each: options.limits.contentJobs, all: options.limits.contentEdits })
  }

  /** Names what a document holds; undefined when there is none. */
  async tag(documentId: string): Promise<string | undefined> {
    const head = await this.#options.log.find(documentId)
    return head === undefined ? undefined : tagOf(head)
  }

  /** Rejects with DOCUMENT_NOT_FOUND, CONTENT_TOO_COMPLEX, OVERLOADED or DOCUMENT_DAMAGED. */
  async read(documentId: string, format: FormatName): Promise<{ text: string; tag: string }> {
    let tag = ''
    const answer = await this.#pool.run(async () => {
      const state = await readState(this.#options.log, documentId, this.#options.limits)
      if (state === undefined) throw new CometpadError('DOCUMENT_NOT_FOUND')
      tag = tagOf(state.head)
      return { kind: 'read', state: state.frames, format }
    })
    if (answer.kind !== 'content') throw refusal(answer)
    return { text: answer.text, tag }
  }

  /**
   * The tag is undefined when others have written meanwhile: what the document holds now is not what the writer has seen.
   * Rejects with CONTENT_CHANGED, CONTENT_UNREADABLE, DOCUMENT_TOO_NEW or as `read` does.
   */
  write(write: ContentWrite): Promise<{ isNew: boolean; tag: string | undefined }> {
    return this.#turns.take(write.documentId, () => this.#write(write))
  }

  close(): Promise<void> {
    return this.#pool.close()
  }

  async #write({ documentId, grant, source, format, content, manner, accepts }: ContentWrite): Promise<{
    isNew: boolean
    tag: string | undefined
  }> {
    const { log, rooms, limits } = this.#options
    let before: DocumentHead | undefined
    const answer = await this.#pool.run(async () => {
      const state = await readState(log, documentId, limits)
      before = state?.head
      if (!accepts(before === undefined ? undefined : tagOf(before)))
        throw new CometpadError('CONTENT_CHANGED')
      const frames = state?.frames ?? new Uint8Array()
      return { kind: 'edit', state: frames, format, content, manner, bounds: limits }
    })
    if (answer.kind !== 'update') throw refusal(answer)
    if (answer.update === null) return { isNew: false, tag: before === undefined ? undefined : tagOf(before) }
    const edit = { documentId, grant, source, update: answer.update, generation: before?.generation }
    const offset = await appendUpdate(rooms, edit, limits)
    const now = await log.find(documentId)
    const isAlone = now?.head === offset && offset === (before?.head ?? 0) + 1
    return { isNew: before === undefined, tag: isAlone ? tagOf(now) : undefined }
  }
}

function tagOf({ generation, head }: DocumentHead): string {
  return `"${generation}.${formatOffset(head)}"`
}

function refusal(answer: ContentAnswer): CometpadError {
  if (answer.kind === 'refused')
    return new CometpadError(answer.code, answer.detail === undefined ? {} : { detail: answer.detail })
  if (answer.kind === 'broken') return new CometpadError(answer.code, { cause: new Error(answer.reason) })
  return new CometpadError('INTERNAL_ERROR', { detail: 'A thread gave the wrong answer.' })
}
