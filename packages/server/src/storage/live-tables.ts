/**
 * Leads from CURRENT over the MANIFEST to the tables in use, reads each of them whole, and says what is wrong and how it can be
 * put right. Knows no logs and no rows.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ManifestCopy } from './manifest-copy.ts'
import { readManifest } from './manifest-file.ts'
import type { Manifest } from './manifest-file.ts'
import { tableWithout } from './table-index.ts'
import { examineTable, spanOf } from './table-mending.ts'
import type { KeySpan } from './table-mending.ts'
import type { LiveTable } from './table-notes.ts'

export interface Fault {
  readonly file: string
  /** What is wrong, in a sentence that names the file. */
  readonly what: string
  readonly mending?: FileMending
  /** It is this log that is missing. */
  readonly missingLog?: number
}

export interface FileMending {
  readonly bytes: Uint8Array
  /** What is done, in a sentence. */
  readonly done: string
  /** Where rows are lost by it. */
  readonly lost: readonly KeySpan[]
  /** The table that they are lost in. */
  readonly table?: LiveTable
}

export interface LiveTablesOptions {
  /** The machine died: the end of the MANIFEST may be missing. */
  readonly mayBeTorn: boolean
  /** Tables that are known to be whole: LevelDB never changes one. Those that are found to be are added. */
  readonly whole: Set<string>
  /** What is put in the place of a MANIFEST that cannot be read. */
  readonly manifestCopy?: ManifestCopy | undefined
}

const TABLE = /^\d+\.(ldb|sst)$/

export function isTable(file: string): boolean {
  return TABLE.test(file)
}

export interface LiveTables {
  readonly faults: readonly Fault[]
  /** Those that are as they were written. */
  readonly whole: readonly LiveTable[]
  /** The rows of logs before this one are in tables. */
  readonly firstLog: number
}

/** @param files what lies in the folder */
export async function examineTables(
  path: string,
  files: readonly string[],
  { mayBeTorn, whole, manifestCopy }: LiveTablesOptions,
): Promise<LiveTables> {
  const faults: Fault[] = []
  const current = await currentIn(path, files, manifestCopy?.file)
  if (current.fault !== undefined) faults.push(current.fault)
  if (current.manifest === undefined) return { faults, whole: [], firstLog: 0 }
  const isThere = files.includes(current.manifest)
  const found = isThere ? await readFile(join(path, current.manifest)) : new Uint8Array()
  const read = readManifest(found, mayBeTorn)
  const copied = read ?? manifestFrom(found, current.manifest, manifestCopy, mayBeTorn)
  if (copied === undefined) {
    faults.push({ file: current.manifest, what: `${current.manifest} cannot be read.` })
    return { faults, whole: [], firstLog: 0 }
  }
  const { mended, log, tables } = copied
  if (read === undefined)
    faults.push({
      file: current.manifest,
      what: `${current.manifest} cannot be read.`,
      mending: {
        bytes: copied.mended ?? new Uint8Array(),
        done: `${current.manifest} could not be read, and was written anew from its copy.`,
        lost: [],
      },
    })
  else if (mended !== undefined)
    faults.push({
      file: current.manifest,
      what: `${current.manifest} has wrong bits, or was not written to its end.`,
      mending: {
        bytes: mended,
        done: `${current.manifest} was written anew from what is certain in it.`,
        lost: [],
      },
    })
  if (log !== 0 && !files.some((file) => file.endsWith('.log') && Number.parseInt(file, 10) === log))
    faults.push({
      file: current.manifest,
      what: `The log ${log}, which ${current.manifest} names, is missing.`,
      missingLog: log,
    })
  const sound: LiveTable[] = []
  const present = new Map(files.filter(isTable).map((file) => [Number.parseInt(file, 10), file]))
  for (const [number, bounds] of tables) {
    const file = present.get(number)
    const table = { number, bounds }
    // The copy of a MANIFEST may name a table of which LevelDB has made others since.
    if (file === undefined) faults.push(missing(table, read !== undefined))
    else {
      const fault = await faultOf(path, file, table, whole)
      if (fault === undefined) sound.push(table)
      else faults.push(fault)
    }
  }
  return { faults, whole: sound, firstLog: log }
}

interface Current {
  readonly manifest?: string
  readonly fault?: Fault
}

/**
 * The MANIFEST as its copy tells it, and what was appended after the copy. That may be less than it was; but the store of that time is
 * whole as long as all is there that it names, since LevelDB changes none of it. `mended` is always there.
 */
function manifestFrom(
  found: Uint8Array,
  file: string,
  copy: ManifestCopy | undefined,
  mayBeTorn: boolean,
): Manifest | undefined {
  if (copy === undefined || copy.file !== file) return undefined
  const appended = Buffer.concat([copy.bytes, found.subarray(copy.bytes.length)])
  for (const bytes of [appended, copy.bytes]) {
    const manifest = readManifest(bytes, mayBeTorn)
    if (manifest !== undefined) return { ...manifest, mended: manifest.mended ?? bytes }
  }
  return undefined
}

/**
 * CURRENT names the MANIFEST that counts. Where it cannot be read there may be no other.
 * @param copied the MANIFEST of which there is a copy, if it is gone
 */
async function currentIn(
  path: string,
  files: readonly string[],
  copied: string | undefined,
): Promise<Current> {
  const present = files.filter((file) => file.startsWith('MANIFEST-'))
  const manifests = present.length === 0 && copied !== undefined ? [copied] : present
  const isThere = files.includes('CURRENT')
  if (manifests.length === 0) {
    const what = isThere ? 'the MANIFEST is missing.' : 'the files CURRENT and MANIFEST are missing.'
    return { fault: { file: 'CURRENT', what } }
  }
  const found = isThere ? await readFile(join(path, 'CURRENT')) : new Uint8Array()
  const named = manifests.find((file) => wrongBits(found, file) === 0)
  if (named !== undefined) return { manifest: named }
  const words = new TextDecoder().decode(found).trim().slice(0, 40)
  const what = isThere ? `CURRENT names "${words}", which is not there.` : 'the file CURRENT is missing.'
  const meant = manifests.filter((file) => wrongBits(found, file) === 1)
  const [manifest, another] = meant.length === 0 ? manifests : meant
  if (manifest === undefined || another !== undefined) return { fault: { file: 'CURRENT', what } }
  const bytes = bytesNaming(manifest)
  const mending = { bytes, done: `CURRENT was written anew: it names ${manifest}.`, lost: [] }
  return { manifest, fault: { file: 'CURRENT', what, mending } }
}

function bytesNaming(manifest: string): Uint8Array {
  return new TextEncoder().encode(`${manifest}\n`)
}

function wrongBits(found: Uint8Array, manifest: string): number {
  const right = bytesNaming(manifest)
  if (right.length !== found.length) return Number.POSITIVE_INFINITY
  return right.reduce((sum, byte, index) => sum + onesIn(byte ^ (found[index] ?? 0)), 0)
}

function onesIn(byte: number): number {
  return byte.toString(2).replaceAll('0', '').length
}

function missing(table: LiveTable, isLost: boolean): Fault {
  const file = `${String(table.number).padStart(6, '0')}.ldb`
  const what = `The table ${file} is missing.`
  return isLost ? faultOfLost(file, what, table) : { file, what }
}

/** All rows of the table are lost. */
function faultOfLost(file: string, what: string, table: LiveTable): Fault {
  const { bounds } = table
  const bytes = tableWithout(bounds.largest, bounds.size)
  if (bytes === undefined) return { file, what }
  const done = `${what} All that stood in it is lost.`
  return { file, what, mending: { bytes, done, lost: [spanOf(bounds)], table } }
}

async function faultOf(
  path: string,
  file: string,
  table: LiveTable,
  whole: Set<string>,
): Promise<Fault | undefined> {
  if (whole.has(file)) return undefined
  const examined = examineTable(await readFile(join(path, file)), table.bounds)
  switch (examined.state) {
    case 'whole':
      whole.add(file)
      return undefined
    case 'unreadable':
      return faultOfLost(file, `The table ${file} cannot be read.`, table)
    case 'mended': {
      const { bytes, corrected, lost } = examined
      const bits = corrected === 0 ? '' : ` A wrong bit was put right in ${corrected} of its blocks.`
      const rows = lost.length === 0 ? '' : ` The rows of ${lost.length} of its blocks are lost.`
      const done = `${file} could not be read everywhere.${bits}${rows}`
      return { file, what: `${file} cannot be read everywhere.`, mending: { bytes, lost, done, table } }
    }
  }
}
