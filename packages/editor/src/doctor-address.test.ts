import { expect, test } from 'vitest'
import { doctorAddress } from './doctor-address.ts'

test.each([
  ['https://pad.example.org', 'https://pad.example.org', 'https://pad.example.org/doctor'],
  ['https://pad.example.org/', 'https://pad.example.org', 'https://pad.example.org/doctor'],
  [
    'https://pad.example.org',
    'https://www.example.org',
    'https://pad.example.org/doctor?origin=https%3A%2F%2Fwww.example.org',
  ],
  // A page in a sandbox, or a file: no list of origins can hold it.
  ['https://pad.example.org', 'null', 'https://pad.example.org/doctor'],
])('[CL6] the doctor of %s, for a page of %s, is at %s', (server, page, address) => {
  expect(doctorAddress(server, page)).toBe(address)
})
