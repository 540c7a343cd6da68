/**
 * `cometpad doctor [--data]`: one question after the other about a data folder, its disk, its documents, its logs, and what to
 * do about each answer that is not good. A question knows nothing of the others.
 */
import { open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { CometpadError, limits } from '@cometpad/shared'
import type { Operations } from '../control/operations.ts'
import { FORMAT_VERSION, isCompactionDue, readBlocks, verifyBackup } from '../storage/index.ts'
import type { Command, Terminal } from './command.ts'
import { everyHead } from './compact.ts'
import { exitCode, lineOf } from './exit-codes.ts'
import { commonFlags, dataFolder, helpOf, readWords } from './flags.ts'
import { openOperations } from './open-operations.ts'
import { Output, bytesText, count } from './output.ts'

export const storeDoctor: Pick<Command, 'help' | 'run'> = { help, run }

interface Finding {
  readonly name: string
  readonly state: 'good' | 'warning' | 'bad'
  /** What was measured, and what to do about it when it is not good. */
  readonly text: string
}

const MARKS: Readonly<Record<Finding['state'], string>> = { good: 'ok  ', warning: 'warn', bad: 'bad ' }

const SYNCS = 21
const PROBE_FILE = 'doctor-probe'
/** A store that has less stops to take anything in sooner or later. */
const LITTLE_BYTES = 1_000_000_000
const TOO_LITTLE_BYTES = 100_000_000
/** People feel "Saved" from here on. */
const SLOW_SYNC_MS = 50
const TOO_SLOW_SYNC_MS = 500

function help(): string {
  return helpOf({
    usage: ['doctor [flags]'],
    text: [
      'Free space, how long the disk takes to keep something, damaged documents, logs that wait for compaction.',
      `Also while the server runs. Ends with ${exitCode.hindered} when something should be changed soon, with ${exitCode.blocked} when something is bad.`,
      'Changes nothing.',
    ],
    flags: commonFlags,
  })
}

async function run(argv: readonly string[], terminal: Terminal): Promise<number> {
  const words = readWords(argv, commonFlags)
  const output = new Output(terminal, words)
  const findings = await checkStore(dataFolder(words, terminal), terminal, output)
  output.result(
    findings.map(({ name, state, text }) => `${MARKS[state]}  ${name}: ${text}`),
    { findings },
  )
  if (findings.some(({ state }) => state === 'bad')) return exitCode.blocked
  return findings.some(({ state }) => state === 'warning') ? exitCode.hindered : exitCode.done
}

async function checkStore(folder: string, terminal: Terminal, output: Output): Promise<Finding[]> {
  let operations: Operations
  try {
    operations = await openOperations(folder, terminal)
  } catch (cause) {
    const isOld = cause instanceof CometpadError && cause.code === 'DATA_OUTDATED'
    return [{ name: 'Store', state: isOld ? 'warning' : 'bad', text: lineOf(cause) }]
  }
  try {
    return [
      await found('Free space', freeSpace(folder)),
      await found('Disk', syncs(folder)),
      {
        name: 'Store',
        state: 'good',
        text: operations.isLive
          ? 'held by a server that answers.'
          : `opens, with format version ${FORMAT_VERSION}; no server runs.`,
      },
      await found('Documents', damage(operations, output)),
      await found('Compaction', lag(operations)),
    ]
  } finally {
    await operations.close()
  }
}

type Answer = Omit<Finding, 'name'>

async function found(name: string, answer: Promise<Answer>): Promise<Finding> {
  try {
    return { name, ...(await answer) }
  } catch (cause) {
    return { name, state: 'bad', text: lineOf(cause) }
  }
}

async function freeSpace(folder: string): Promise<Answer> {
  const { bavail, bsize, blocks } = await statfs(folder)
  const free = bavail * bsize
  const text = `${bytesText(free)} of ${bytesText(blocks * bsize)}.`
  if (free < TOO_LITTLE_BYTES)
    return { state: 'bad', text: `${text} Make room now: a full disk takes no edits.` }
  if (free < LITTLE_BYTES) return { state: 'warning', text: `${text} Make room soon.` }
  return { state: 'good', text }
}

/** What every "Saved" waits for: a small write, and the disk's word that it is kept. */
async function syncs(folder: string): Promise<Answer> {
  const path = join(folder, PROBE_FILE)
  const times: number[] = []
  const file = await open(path, 'w')
  try {
    for (let index = 0; index < SYNCS; index += 1) {
      const began = performance.now()
      await file.write(new Uint8Array(4096))
      await file.datasync()
      times.push(performance.now() - began)
    }
  } finally {
    await file.close()
    await rm(path, { force: true })
  }
  const sorted = times.toSorted((a, b) => a - b)
  const median = sorted[Math.floor(SYNCS / 2)] ?? 0
  const text = `a synced write takes ${median.toFixed(1)} ms, at worst ${(sorted.at(-1) ?? 0).toFixed(1)} ms.`
  if (median > TOO_SLOW_SYNC_MS)
    return { state: 'bad', text: `${text} Move the data folder to another disk.` }
  if (median > SLOW_SYNC_MS)
    return { state: 'warning', text: `${text} "Saved" comes late; an SSD would help.` }
  return { state: 'good', text }
}

async function damage(operations: Operations, output: Output): Promise<Answer> {
  const bar = output.bar({ label: 'Reading documents', unit: 'documents' })
  try {
    const blocks = readBlocks(operations.backup({ kind: 'backup' }))
    const { documents, damaged } = await verifyBackup(blocks, { progress: () => bar.add(1) })
    if (damaged.length === 0)
      return { state: 'good', text: `${count(documents, 'document')}, no row is damaged.` }
    const ids = damaged.map(({ documentId }) => documentId).join(', ')
    return {
      state: 'bad',
      text: `${damaged.length} of ${count(documents, 'document')} damaged: ${ids}. Bring each back with "cometpad restore FILE --document ID", or its rights alone with "cometpad rights".`,
    }
  } finally {
    bar.end()
  }
}

async function lag(operations: Operations): Promise<Answer> {
  const due = (await everyHead(operations)).filter((head) => isCompactionDue(head, limits))
  if (due.length === 0) return { state: 'good', text: 'no log waits.' }
  const bytes = due.reduce((sum, { logBytes }) => sum + logBytes, 0)
  return {
    state: 'warning',
    text: `${count(due.length, 'log')} of ${bytesText(bytes)} wait. The next edit compacts them, or "cometpad compact" now.`,
  }
}
