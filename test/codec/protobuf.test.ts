import { describe, expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import {
  type ProtoField,
  protoFields,
  protoFieldsOf,
  protoText,
  pushVarints,
  readVarint,
} from "../../src/codec/protobuf.ts";
import { fromBytes } from "../../src/source/bytes.ts";
import { failureOf } from "../failure.ts";

const bytesOf = (...bytes: number[]) => Uint8Array.from(bytes);
const fieldsOf = (bytes: Uint8Array) => [...protoFields(bytes, createBudget(), "It")];

describe("readVarint", () => {
  it.each([
    [[0], 0],
    [[127], 127],
    [[0x80, 1], 128],
    [[0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 32 - 1],
    [[0x80, 0x80, 0x80, 0x80, 0x10], 2 ** 32],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], 2 ** 53 - 1],
    [[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -1],
    [[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], -2],
    [[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01], -(2 ** 63)],
  ])("reads %j as %d", (bytes, value) => {
    expect(readVarint(bytesOf(...bytes), 0)).toEqual({ value, next: bytes.length });
  });

  it("stops at the end and after ten bytes", () => {
    expect(() => readVarint(bytesOf(0x80), 0)).toThrow(/ends inside a number/);
    expect(() => readVarint(new Uint8Array(11).fill(0x80), 0)).toThrow(/longer than ten bytes/);
  });
});

describe("protoFields", () => {
  // The examples of protobuf's own encoding guide: 150; "testing"; packed 3, 270, 86942.
  const GUIDE = bytesOf(
    0x08,
    0x96,
    0x01,
    0x12,
    0x07,
    0x74,
    0x65,
    0x73,
    0x74,
    0x69,
    0x6e,
    0x67,
    0x32,
    0x06,
    0x03,
    0x8e,
    0x02,
    0x9e,
    0xa7,
    0x05,
  );

  it("reads the guide's messages", () => {
    const [number, text, packed] = fieldsOf(GUIDE) as [ProtoField, ProtoField, ProtoField];
    expect(number).toEqual({ number: 1, wire: 0, start: 1, end: 3, value: 150 });
    expect(protoText(GUIDE, text)).toBe("testing");
    const values: number[] = [];
    pushVarints(values, GUIDE, packed, createBudget());
    expect(values).toEqual([3, 270, 86942]);
  });

  it("gives the same fields from a source, reading their headers only", async () => {
    const fields: ProtoField[] = [];
    for await (const field of protoFieldsOf(
      fromBytes(GUIDE),
      { start: 0, end: GUIDE.length },
      createBudget(),
      "It",
    ))
      fields.push(field);
    expect(fields).toEqual(fieldsOf(GUIDE));
  });

  it("refuses what is no message", async () => {
    expect(() => fieldsOf(bytesOf(0x0b))).toThrow(/protobuf field at byte 0/);
    expect(() => fieldsOf(bytesOf(0x00, 0x01))).toThrow(/protobuf field at byte 0/);
    expect(() => fieldsOf(bytesOf(0x12, 0x09, 0x00))).toThrow(/should end at byte 11/);
    expect(() => fieldsOf(bytesOf(0x09, 0x00))).toThrow(/should end at byte 9/);
    const huge = bytesOf(0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01);
    expect(() => fieldsOf(huge)).toThrow(/length -1/);
    const walk = async () => {
      for await (const _ of protoFieldsOf(
        fromBytes(bytesOf(0x12, 5)),
        { start: 0, end: 2 },
        createBudget(),
        "It",
      ));
    };
    await failureOf(walk, "truncated");
  });
});
