import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidArgumentError } from 'commander';
import {
  parseCount,
  parseDurationNs,
  parseList,
  parsePort,
  parsePositiveInt,
  parseSizeBytes,
} from '../../../src/cli/shared/options.ts';

type Case = readonly [parse: (text: string) => unknown, text: string, value: unknown];

const TAKEN: readonly Case[] = [
  [parseDurationNs, '500us', 500_000],
  [parseDurationNs, '500µs', 500_000],
  [parseDurationNs, '10ms', 10_000_000],
  [parseDurationNs, '1.5s', 1_500_000_000],
  [parseDurationNs, '2m', 120e9],
  [parseDurationNs, '1h', 3600e9],
  [parseDurationNs, '0', 0],
  [parseDurationNs, '0ms', 0],
  [parseSizeBytes, '4096', 4096],
  [parseSizeBytes, '64K', 65_536],
  [parseSizeBytes, '512MiB', 536_870_912],
  [parseSizeBytes, '1.5g', 1_610_612_736],
  [parsePositiveInt, '12', 12],
  [parseCount, '0', 0],
  [parsePort, '65535', 65_535],
  [parseList, 'a, b,,c', ['a', 'b', 'c']],
];

const REFUSED: readonly (readonly [parse: (text: string) => unknown, text: string])[] = [
  [parseDurationNs, '10'],
  [parseDurationNs, ''],
  [parseDurationNs, '-5s'],
  [parseDurationNs, '5 weeks'],
  [parseDurationNs, 'constructor'],
  [parseDurationNs, '99999999999h'],
  [parseSizeBytes, '12Q'],
  [parseSizeBytes, '-1'],
  [parsePositiveInt, '0'],
  [parsePositiveInt, '1.5'],
  [parsePositiveInt, '0x10'],
  [parseCount, '-1'],
  [parseCount, '99999999999999999999'],
  [parsePort, '65536'],
];

describe('option parsers', () => {
  for (const [parse, text, value] of TAKEN) {
    it(`${parse.name} takes ${text}`, () => assert.deepEqual(parse(text), value));
  }
  for (const [parse, text] of REFUSED) {
    it(`${parse.name} refuses "${text}"`, () => assert.throws(() => parse(text), InvalidArgumentError));
  }
  it('parseList goes on with what was given before', () =>
    assert.deepEqual(parseList('b', ['a']), ['a', 'b']));
});
