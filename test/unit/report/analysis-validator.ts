import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { analysisSchema } from '../../../src/report/render-json.ts';

/**
 * Validates against a published schema with every object closed: the schema lets readers meet fields of later versions, but
 * what this version prints has to be in it.
 */
export function createValidator(schema = analysisSchema): (value: unknown) => void {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  const validate = ajv.compile(closeObjects(schema) as object);
  return (value) => assert.ok(validate(value), ajv.errorsText(validate.errors));
}

function closeObjects(schema: unknown): unknown {
  if (Array.isArray(schema)) {
    return schema.map(closeObjects);
  }
  if (typeof schema !== 'object' || schema === null) {
    return schema;
  }
  const closed = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closeObjects(value)]));
  const isOpen = closed.properties !== undefined && closed.additionalProperties === undefined;
  return isOpen ? { ...closed, additionalProperties: false } : closed;
}
