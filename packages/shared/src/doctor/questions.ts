/** One question to the server with a deadline, and what its answer holds. */
import type { Answer, DoctorPorts, Question } from './ports.ts'

/** One question with a deadline for everything that is done with its answer. Rejects when the connection breaks. */
export async function within<Seen>(
  { ask, clock }: DoctorPorts,
  ms: number,
  question: Question,
  look: (answer: Answer) => Promise<Seen>,
): Promise<Seen> {
  const asking = ask(question)
  let stopWaiting = (): void => undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    stopWaiting = clock.after(ms, () => reject(new Error(`nothing was answered within ${ms / 1_000} s`)))
  })
  try {
    return await Promise.race([asking.answer.then(look), tooLate])
  } finally {
    stopWaiting()
    asking.cancel()
  }
}

export async function text(answer: Answer): Promise<string> {
  let all = ''
  for (let bytes = await answer.read(); bytes !== undefined; bytes = await answer.read())
    for (const byte of bytes) all += String.fromCodePoint(byte)
  return all
}

export function jsonIn(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}

export function codeIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('error' in value)) return undefined
  const { error } = value
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
