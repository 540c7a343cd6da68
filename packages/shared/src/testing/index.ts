/** Doubles for tests of everything that uses this package. Not for production. */
export { FakeClock } from './fake-clock.ts'
export { SeededRandom } from './seeded-random.ts'
