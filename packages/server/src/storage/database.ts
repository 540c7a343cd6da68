/**
 * The few things that the store asks of LevelDB: rows as bytes, consistent reads, and synced writes. The only file that
 * names the library. Tests put a failing one in its place.
 */
import { Level } from 'level'
import type { ClassicLevel, IteratorOptions } from 'classic-level'

export interface StoredRow {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

export type Put = StoredRow & { readonly type: 'put' }
export type Operation = Put | { readonly type: 'del'; readonly key: Uint8Array }

export interface Range {
  readonly gt?: Uint8Array
  readonly gte?: Uint8Array
  readonly lt?: Uint8Array
  readonly lte?: Uint8Array
  readonly limit?: number
}

/** The store as it was at one moment, whatever is written meanwhile. */
export interface View {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  /** Rows in the order of their keys; stops when `take` says that it has enough. */
  scan(range: Range, take: (row: StoredRow) => boolean): Promise<void>
  keys(range: Range): Promise<Uint8Array[]>
}

export interface Database {
  /** Calls `read` with a view and lets go of it afterwards. */
  view<T>(read: (view: View) => Promise<T>): Promise<T>
  /** All or nothing, durable when it resolves. */
  write(operations: readonly Operation[]): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** Rows that a scan fetches at once. */
const STRIDE = 256
/** ...as long as they are small: LevelDB gives 16 KB by itself, and each call waits for a thread. */
const STRIDE_BYTES = 256 * 1024

/** Opens or creates a LevelDB database. Rejects with LevelDB's own error. */
export async function openDatabase(path: string): Promise<Database> {
  // `level` gives exactly this class on Node; its own types are those that browsers share, and lack snapshots.
  const Engine = Level as unknown as typeof ClassicLevel
  const level = new Engine<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' })
  await level.open()
  return new LevelDatabase(level)
}

type Engine = ClassicLevel<Uint8Array, Uint8Array>

class LevelDatabase implements Database {
  readonly #level: Engine

  constructor(level: Engine) {
    this.#level = level
  }

  async view<T>(read: (view: View) => Promise<T>): Promise<T> {
    const snapshot = this.#level.snapshot()
    try {
      return await read(new LevelView(this.#level, snapshot))
    } finally {
      await snapshot.close()
    }
  }

  async write(operations: readonly Operation[]): Promise<void> {
    // A chained batch costs a quarter of an array of operations, each of which the library copies.
    const batch = this.#level.batch()
    try {
      for (const operation of operations) {
        if (operation.type === 'put') batch.put(operation.key, operation.value)
        else batch.del(operation.key)
      }
      await batch.write({ sync: true })
    } finally {
      await batch.close()
    }
  }

  close(): Promise<void> {
    return this.#level.close()
  }
}

class LevelView implements View {
  readonly #level: Engine
  readonly #snapshot: ReturnType<Engine['snapshot']>

  constructor(level: Engine, snapshot: ReturnType<Engine['snapshot']>) {
    this.#level = level
    this.#snapshot = snapshot
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    const value = await this.#level.get(key, { snapshot: this.#snapshot })
    return value && plain(value)
  }

  async scan(range: Range, take: (row: StoredRow) => boolean): Promise<void> {
    const options: IteratorOptions<Uint8Array, Uint8Array> = {
      ...range,
      snapshot: this.#snapshot,
      highWaterMarkBytes: STRIDE_BYTES,
    }
    const iterator = this.#level.iterator(options)
    try {
      for (;;) {
        const rows = await iterator.nextv(STRIDE)
        if (rows.length === 0) return
        for (const [key, value] of rows) if (!take({ key: plain(key), value: plain(value) })) return
      }
    } finally {
      await iterator.close()
    }
  }

  async keys(range: Range): Promise<Uint8Array[]> {
    const keys = await this.#level.keys({ ...range, snapshot: this.#snapshot }).all()
    return keys.map(plain)
  }
}

/** LevelDB gives a Buffer, whose `slice` does not copy: nobody who reads a row shall have to know. */
function plain({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
