/**
 * The doctor: what lies between a person and the server, seen from the person's side. Read in this order: contract (what
 * the server answers), observations, probes, findings, advice, diagnosis.
 */
export { DOCTOR_PATH, DOCTOR_SOCKET_PATH, DOCTOR_TYPE } from './contract.ts'
export { isDoctorFacts } from './contract.ts'
export type { DoctorFacts } from './contract.ts'
export { adviceInWords, adviceOn, faults } from './advice.ts'
export type { Advice } from './advice.ts'
export { diagnose } from './diagnosis.ts'
export type { Diagnosis } from './diagnosis.ts'
export { findingsOf } from './findings.ts'
export type { Finding, Verdict } from './findings.ts'
export type { Sight } from './observations.ts'
export type { Answer, Asking, Call, CallEvents, DoctorPorts, Question } from './ports.ts'
export { examine } from './probes.ts'
export { codeIn, jsonIn } from './questions.ts'
