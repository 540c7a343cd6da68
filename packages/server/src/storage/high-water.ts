/**
 * A small file beside LevelDB that says up to which batch was acknowledged, and whether the store was closed in peace.
 * LevelDB opens without a word when its log is missing; a store with fewer batches than this file tells has lost some.
 *
 * Two slots, written in turn, each with a checksum: a write that is cut leaves the other one. It lags behind the store by
 * up to `limits.highWaterMs`, and never runs ahead. Knows no rows.
 */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32c } from './crc32c.ts'
import { faultPoint } from './fault-point.ts'
import { syncFolder } from './sync-folder.ts'

export const HIGH_WATER_FILE = 'high-water'

/** magic(4) · state(1) · zeros(3) · turn(8) · counter(8) · checksum(4) */
const SLOT_BYTES = 28
/** Slots lie in blocks of their own, so that one torn write cannot reach both. */
const SLOT_SPACING = 4_096
const MAGIC = 0x43504857

export interface Mark {
  /** The newest batch that was acknowledged for certain. */
  readonly counter: number
  /** The store was closed in peace: `counter` is exact. */
  readonly isClean: boolean
}

/** What the file says; 'missing' and 'unreadable' prove nothing about the store. */
export type FoundMark = Mark | 'missing' | 'unreadable'

interface Slot extends Mark {
  readonly turn: number
}

export class HighWater {
  readonly found: FoundMark
  readonly #file: FileHandle
  #turn: number
  #written: Mark | undefined

  private constructor(file: FileHandle, found: FoundMark, turn: number) {
    this.#file = file
    this.found = found
    this.#turn = turn
  }

  /** Rejects when the file can be neither read nor made. */
  static async open(folder: string): Promise<HighWater> {
    const path = join(folder, HIGH_WATER_FILE)
    const existing = await open(path, 'r+').catch((cause: unknown) => {
      if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined
      throw cause
    })
    if (existing === undefined) {
      const file = await open(path, 'w+')
      await file.truncate(2 * SLOT_SPACING)
      await file.sync()
      await syncFolder(folder)
      return new HighWater(file, 'missing', 0)
    }
    const bytes = new Uint8Array(2 * SLOT_SPACING)
    const { bytesRead: size } = await existing.read(bytes, 0, bytes.length, 0)
    const slots = [slotIn(bytes, 0), slotIn(bytes, 1)].filter((slot) => slot !== undefined)
    const newest = slots.toSorted((a, b) => b.turn - a.turn)[0]
    // Made, and never written: the process died at its first start.
    const isNew = size === bytes.length && bytes.every((byte) => byte === 0)
    return new HighWater(existing, newest ?? (isNew ? 'missing' : 'unreadable'), newest?.turn ?? 0)
  }

  /** This process has written to it: `found` is history. */
  get isWritten(): boolean {
    return this.#written !== undefined
  }

  /** Durable when it resolves. */
  async write(mark: Mark): Promise<void> {
    const { counter, isClean } = mark
    if (this.#written?.counter === counter && this.#written.isClean === isClean) return
    faultPoint('high-water/before-write')
    this.#turn += 1
    const bytes = encodeSlot({ counter, isClean, turn: this.#turn })
    await this.#file.write(bytes, 0, bytes.length, (this.#turn % 2) * SLOT_SPACING)
    faultPoint('high-water/before-sync')
    await this.#file.datasync()
    this.#written = mark
    faultPoint('high-water/after-sync')
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}

function encodeSlot({ counter, isClean, turn }: Slot): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC)
  view.setUint8(4, isClean ? 1 : 0)
  view.setBigUint64(8, BigInt(turn))
  view.setBigUint64(16, BigInt(counter))
  view.setUint32(24, crc32c(bytes.subarray(0, 24)))
  return bytes
}

function slotIn(file: Uint8Array, index: number): Slot | undefined {
  const bytes = file.subarray(index * SLOT_SPACING, index * SLOT_SPACING + SLOT_BYTES)
  const view = new DataView(bytes.buffer, bytes.byteOffset, SLOT_BYTES)
  if (view.getUint32(0) !== MAGIC || view.getUint32(24) !== crc32c(bytes.subarray(0, 24))) return undefined
  return {
    isClean: view.getUint8(4) === 1,
    turn: Number(view.getBigUint64(8)),
    counter: Number(view.getBigUint64(16)),
  }
}
