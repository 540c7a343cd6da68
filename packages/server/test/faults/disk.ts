/**
 * The disk under a process, as the shim in disk-shim.c shows it: its journal, and what a power loss would leave of it. Knows
 * files and bytes, not the store.
 */
import { spawnSync } from 'node:child_process'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Why the shim cannot be used here; undefined: it can. */
export const noShim: string | undefined =
  process.platform !== 'linux'
    ? 'LD_PRELOAD is for Linux'
    : spawnSync('gcc', ['--version']).status === 0
      ? undefined
      : 'there is no gcc on this machine'

/** Compiles the shim into a folder. Gives its path. */
export function compileShim(folder: string): string {
  const source = fileURLToPath(new URL('disk-shim.c', import.meta.url))
  const target = join(folder, 'disk-shim.so')
  const { status, stderr } = spawnSync(
    'gcc',
    ['-shared', '-fPIC', '-O1', '-Wall', '-Werror', '-o', target, source, '-ldl'],
    { encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return target
}

export type DiskEvent =
  | { readonly kind: 'synced'; readonly path: string; readonly bytes: Buffer }
  | { readonly kind: 'renamed'; readonly path: string; readonly to: string }
  | { readonly kind: 'removed'; readonly path: string }
  /** The names of files in it are durable. */
  | { readonly kind: 'folder-synced'; readonly path: string; readonly names: readonly string[] }
  /** Something was said on standard output. */
  | { readonly kind: 'said'; readonly text: string }

export async function readJournal(file: string): Promise<DiskEvent[]> {
  const bytes = await readFile(file)
  const events: DiskEvent[] = []
  for (let at = 0; at < bytes.length;) {
    const kind = bytes.toString('latin1', at, at + 1)
    const pathEnd = at + 5 + bytes.readUInt32LE(at + 1)
    const path = bytes.toString('utf8', at + 5, pathEnd)
    const end = pathEnd + 8 + Number(bytes.readBigUInt64LE(pathEnd))
    const content = bytes.subarray(pathEnd + 8, end)
    events.push(eventOf(kind, path, content))
    at = end
  }
  return events
}

function eventOf(kind: string, path: string, bytes: Buffer): DiskEvent {
  switch (kind) {
    case 'S':
      return { kind: 'synced', path, bytes }
    case 'R':
      return { kind: 'renamed', path, to: bytes.toString() }
    case 'U':
      return { kind: 'removed', path }
    case 'D':
      return { kind: 'folder-synced', path, names: bytes.toString().split('\n').filter(Boolean) }
    case 'A':
      return { kind: 'said', text: bytes.toString() }
    default:
      throw new Error(`Unknown kind of record: ${kind}`)
  }
}

/** What may be left of bytes that were written and not synced. */
export const TAILS = ['nothing', 'half', 'zeros', 'noise'] as const
export type Tail = (typeof TAILS)[number]

export interface PowerLoss {
  readonly files: ReadonlyMap<string, Buffer>
  /** What is left of bytes that were written and not synced; undefined: nothing was being written. */
  readonly cut: { readonly path: string; readonly left: number } | undefined
}

/**
 * What a power loss leaves right after the first `count` events. The file that would have been synced next has its new
 * bytes in part.
 */
export function powerLossAfter(events: readonly DiskEvent[], count: number, tail: Tail): PowerLoss {
  const files = new Map<string, Buffer>()
  for (const event of events.slice(0, count)) {
    if (event.kind === 'synced') files.set(event.path, event.bytes)
    else if (event.kind === 'removed') files.delete(event.path)
    else if (event.kind === 'renamed') {
      const bytes = files.get(event.path)
      if (bytes !== undefined) files.set(event.to, bytes)
      files.delete(event.path)
    } else if (event.kind === 'folder-synced') {
      // A file of which nothing was synced is there, and empty.
      for (const path of event.names.map((name) => join(event.path, name)))
        if (!files.has(path)) files.set(path, Buffer.alloc(0))
    }
  }
  const next = events.slice(count).find((event) => event.kind === 'synced' || event.kind === 'removed')
  if (next?.kind !== 'synced') return { files, cut: undefined }
  const durable = files.get(next.path) ?? Buffer.alloc(0)
  // Only bytes behind the synced ones: what is written in place lies in blocks of its own.
  const isAppended =
    next.bytes.length > durable.length && next.bytes.subarray(0, durable.length).equals(durable)
  if (!isAppended) return { files, cut: undefined }
  const left = torn(next.bytes.subarray(durable.length), tail)
  files.set(next.path, Buffer.concat([durable, left]))
  return { files, cut: { path: next.path, left: left.length } }
}

/**
 * All places at which a power loss leaves something that no other place does: while the process only says something the
 * disk stays as it is, and then the last of these places asks the most of it.
 */
export function placesIn(events: readonly DiskEvent[]): number[] {
  const places = Array.from({ length: events.length + 1 }, (_, count) => count)
  return places.filter((count) => events[count]?.kind !== 'said')
}

function torn(bytes: Buffer, tail: Tail): Buffer {
  const half = bytes.subarray(0, Math.ceil(bytes.length / 2))
  const rest = bytes.length - half.length
  switch (tail) {
    case 'nothing':
      return Buffer.alloc(0)
    case 'half':
      return half
    case 'zeros':
      return Buffer.concat([half, Buffer.alloc(rest)])
    case 'noise':
      return Buffer.concat([half, Buffer.from(bytes.subarray(half.length).map((byte) => byte ^ 0xa5))])
  }
}

/** Puts files that lay below one folder below another. */
export async function layOut(files: ReadonlyMap<string, Buffer>, from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true })
  for (const [path, bytes] of files) {
    const target = join(to, path.slice(from.length))
    await mkdir(dirname(target), { recursive: true })
    await writeFile(target, bytes)
  }
}
