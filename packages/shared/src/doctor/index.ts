/**
 * The doctor: what lies between a person and the server, seen from the person's side. Read in this order: contract (what
 * the server answers), observations, probes, diagnosis, advice.
 */
export { DOCTOR_PATH, DOCTOR_SOCKET_PATH, DOCTOR_TYPE } from './contract.ts'
export type { DoctorFacts } from './contract.ts'
export { adviceOn, faults } from './advice.ts'
export { diagnose, findingsOf } from './diagnosis.ts'
export type { Diagnosis, Finding, Verdict } from './diagnosis.ts'
export type { MoreSeen, Observations } from './observations.ts'
export type { Answer, Asking, Call, CallEvents, DoctorPorts, Question } from './ports.ts'
export { examine } from './probes.ts'
export { codeIn, jsonIn } from './questions.ts'
