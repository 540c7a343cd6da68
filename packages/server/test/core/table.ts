/**
 * A table for tests of the core: rooms over a log in memory whose commits the test decides, a clock that it moves, and
 * guests whose every message is written down.
 */
import { decodeMessage, encodeFrames, encodeMessage, FrameDecoder, limits } from '@cometpad/shared'
import type { ErrorCode, Limits, Message, Offset, Role } from '@cometpad/shared'
import { FakeClock, SeededRandom } from '@cometpad/shared/testing'
import * as Y from 'yjs'
import type { Dialect, FrameFormat, Grant, Log, ReaderHandle } from '../../src/core/ports.ts'
import { Rooms } from '../../src/core/rooms.ts'
import { MemoryLog } from '../../src/storage/memory-log.ts'
import type { MemoryBatch } from '../../src/storage/memory-log.ts'

const format: FrameFormat = { name: 'frames', frame: encodeFrames }

export interface TableOptions {
  readonly limits?: Partial<Limits>
  /** Commits wait until `commit` or `fail` is called. Default: they end at once. */
  readonly holdsCommits?: boolean
  /** Stands between the rooms and the log. */
  readonly wrap?: (log: Log) => Log
}

export class Table {
  readonly clock = new FakeClock()
  readonly rooms: Rooms
  readonly log: MemoryLog
  readonly reports: string[] = []
  readonly batches: MemoryBatch[] = []
  /** What a fresh token is worth. */
  renew: (token: string) => Promise<Grant> = async () => ({ subject: 'anonymous', role: 'editor' })

  constructor(options: TableOptions = {}) {
    const random = new SeededRandom(1)
    this.log = new MemoryLog({
      now: () => this.clock.now(),
      random: () => random.next(),
      ...(options.holdsCommits === true
        ? { schedule: (batch: MemoryBatch) => void this.batches.push(batch) }
        : {}),
    })
    this.rooms = new Rooms({
      log: options.wrap?.(this.log) ?? this.log,
      compute: { diff: async (update, vector) => Y.diffUpdate(update, vector), cut: Y.diffUpdate },
      authorizer: { renew: (token) => this.renew(token) },
      clock: this.clock,
      report: {
        refused: (code) => void this.reports.push(`refused ${code}`),
        failed: (what) => void this.reports.push(`failed ${what}`),
      },
      limits: { ...limits, ...options.limits },
      random: () => 0.5,
    })
  }

  /** Somebody connects. What the room has to say at once has been said when it resolves. */
  async sit(options: GuestOptions = {}): Promise<Guest> {
    const guest = new Guest(this.rooms, options)
    await this.turn()
    return guest
  }

  /** Ends the commits that wait, until none does. */
  async commit(): Promise<void> {
    for (let batch = this.batches.shift(); batch !== undefined; batch = this.batches.shift()) {
      batch.commit()
      await this.turn()
    }
  }

  async fail(): Promise<void> {
    this.batches.shift()?.fail(new Error('The disk is full'))
    await this.turn()
  }

  /** Lets everything that promises have started come to its end. */
  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }

  /** Puts a document into the store without a room. */
  async store(documentId: string, updates: readonly Uint8Array[]): Promise<void> {
    const made = this.log.create(documentId, { title: 'Stored' })
    await this.commitWhile(made)
    if (updates.length > 0)
      await this.commitWhile(
        this.log.append(
          documentId,
          updates.map((update, index) => ({ offset: index + 1, update })),
        ),
      )
  }

  async commitWhile(write: Promise<unknown>): Promise<void> {
    await this.turn()
    await this.commit()
    await write
  }
}

export interface GuestOptions {
  readonly documentId?: string
  readonly dialect?: Dialect
  readonly position?: Offset | undefined
  readonly generation?: string | undefined
  readonly role?: Role
  readonly grant?: Partial<Grant>
  /** In the place of `role` and `grant`: this very object, which the test may change. */
  readonly held?: Grant
}

export class Guest {
  readonly heard: Message[] = []
  readonly reader: ReaderHandle
  closed: ErrorCode | undefined
  writable = true
  /** How many times something was written, whatever it held. */
  writes = 0
  readonly buffers: Uint8Array[] = []

  constructor(rooms: Rooms, options: GuestOptions) {
    const decoder = new FrameDecoder(2 ** 27)
    const isWritable = (): boolean => this.writable
    this.reader = rooms.join({
      documentId: options.documentId ?? 'doc',
      grant: options.held ?? {
        subject: 'anonymous',
        role: options.role ?? 'editor',
        ...options.grant,
      },
      position: 'position' in options ? options.position : 0,
      generation: options.generation,
      sink: {
        dialect: options.dialect ?? 'cometpad',
        format,
        get writable() {
          return isWritable()
        },
        write: (bytes) => {
          this.writes += 1
          this.buffers.push(bytes)
          for (const message of decoder.push(bytes)) this.heard.push(decodeMessage(message.slice()))
        },
        close: (code) => {
          this.closed ??= code
        },
      },
    })
  }

  say(message: Message): void {
    this.reader.receive(encodeMessage(message))
  }

  /** What was heard since the last time, without what hello is about. */
  news(): Message[] {
    return this.heard.splice(0).filter(({ type }) => type !== 'hello')
  }

  kinds(): string[] {
    return this.news().map(({ type }) => type)
  }

  /** The document as this guest has it. */
  content(): string {
    const doc = new Y.Doc()
    for (const message of this.heard)
      if (message.type === 'update' || message.type === 'answer') Y.applyUpdate(doc, message.update)
    return doc.getText('t').toJSON()
  }
}

/** A document that gives its updates one by one. */
export class Writer {
  readonly doc = new Y.Doc()
  #last: Uint8Array = new Uint8Array([0, 0])

  constructor(clientId: number) {
    this.doc.clientID = clientId
    this.doc.on('update', (update: Uint8Array) => (this.#last = update))
  }

  write(text: string, at?: number): Uint8Array {
    const shared = this.doc.getText('t')
    shared.insert(at ?? shared.length, text)
    return this.#last
  }

  delete(from: number, length: number): Uint8Array {
    this.doc.getText('t').delete(from, length)
    return this.#last
  }
}
