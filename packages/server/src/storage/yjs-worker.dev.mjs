/**
 * The thread when the server runs from its TypeScript sources: a thread does not inherit the loader that its parent has.
 * Not part of the build.
 */
import { register } from 'tsx/esm/api'

register()
await import('./yjs-worker.ts')
