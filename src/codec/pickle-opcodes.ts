/** How an opcode's argument is written (the words of Python's pickletools). */
export type PickleArgument =
  | "none"
  | "uint1"
  | "uint2"
  | "int4"
  | "uint4"
  | "uint8"
  | "float8"
  | "line"
  | "lines"
  | "counted1"
  | "counted4"
  | "counted8";

/** Opcodes with their names and arguments (CPython, Lib/pickletools.py). */
export const PICKLE_OPCODES: ReadonlyMap<number, readonly [name: PickleOpName, argument: PickleArgument]> =
  new Map([
    [0x28, ["MARK", "none"]],
    [0x29, ["EMPTY_TUPLE", "none"]],
    [0x2e, ["STOP", "none"]],
    [0x30, ["POP", "none"]],
    [0x31, ["POP_MARK", "none"]],
    [0x32, ["DUP", "none"]],
    [0x42, ["BYTES", "counted4"]],
    [0x43, ["BYTES", "counted1"]],
    [0x46, ["FLOAT", "line"]],
    [0x47, ["NUMBER", "float8"]],
    [0x49, ["INT", "line"]],
    [0x4a, ["NUMBER", "int4"]],
    [0x4b, ["NUMBER", "uint1"]],
    [0x4c, ["INT", "line"]],
    [0x4d, ["NUMBER", "uint2"]],
    [0x4e, ["NONE", "none"]],
    [0x50, ["PERSID", "line"]],
    [0x51, ["BINPERSID", "none"]],
    [0x52, ["REDUCE", "none"]],
    [0x53, ["STRING", "line"]],
    [0x54, ["OLD_STRING", "counted4"]],
    [0x55, ["OLD_STRING", "counted1"]],
    [0x56, ["UNICODE", "line"]],
    [0x58, ["TEXT", "counted4"]],
    [0x5d, ["EMPTY_LIST", "none"]],
    [0x61, ["APPEND", "none"]],
    [0x62, ["BUILD", "none"]],
    [0x63, ["GLOBAL", "lines"]],
    [0x64, ["DICT", "none"]],
    [0x65, ["APPENDS", "none"]],
    [0x67, ["GET", "line"]],
    [0x68, ["GET", "uint1"]],
    [0x69, ["INST", "lines"]],
    [0x6a, ["GET", "uint4"]],
    [0x6c, ["LIST", "none"]],
    [0x6f, ["OBJ", "none"]],
    [0x70, ["PUT", "line"]],
    [0x71, ["PUT", "uint1"]],
    [0x72, ["PUT", "uint4"]],
    [0x73, ["SETITEM", "none"]],
    [0x74, ["TUPLE", "none"]],
    [0x75, ["SETITEMS", "none"]],
    [0x7d, ["EMPTY_DICT", "none"]],
    [0x80, ["PROTO", "uint1"]],
    [0x81, ["NEWOBJ", "none"]],
    [0x82, ["EXT", "uint1"]],
    [0x83, ["EXT", "uint2"]],
    [0x84, ["EXT", "int4"]],
    [0x85, ["TUPLE1", "none"]],
    [0x86, ["TUPLE2", "none"]],
    [0x87, ["TUPLE3", "none"]],
    [0x88, ["TRUE", "none"]],
    [0x89, ["FALSE", "none"]],
    [0x8a, ["LONG", "counted1"]],
    [0x8b, ["LONG", "counted4"]],
    [0x8c, ["TEXT", "counted1"]],
    [0x8d, ["TEXT", "counted8"]],
    [0x8e, ["BYTES", "counted8"]],
    [0x8f, ["EMPTY_SET", "none"]],
    [0x90, ["ADDITEMS", "none"]],
    [0x91, ["FROZENSET", "none"]],
    [0x92, ["NEWOBJ_EX", "none"]],
    [0x93, ["STACK_GLOBAL", "none"]],
    [0x94, ["MEMOIZE", "none"]],
    [0x95, ["FRAME", "uint8"]],
    [0x96, ["BYTES", "counted8"]],
    [0x97, ["NEXT_BUFFER", "none"]],
    [0x98, ["READONLY_BUFFER", "none"]],
  ]);

/** What an opcode does, whatever the width of its argument. */
export type PickleOpName =
  | "ADDITEMS"
  | "APPEND"
  | "APPENDS"
  | "BINPERSID"
  | "BUILD"
  | "BYTES"
  | "DICT"
  | "DUP"
  | "EMPTY_DICT"
  | "EMPTY_LIST"
  | "EMPTY_SET"
  | "EMPTY_TUPLE"
  | "EXT"
  | "FALSE"
  | "FLOAT"
  | "FRAME"
  | "FROZENSET"
  | "GET"
  | "GLOBAL"
  | "INST"
  | "INT"
  | "LIST"
  | "LONG"
  | "MARK"
  | "MEMOIZE"
  | "NEWOBJ"
  | "NEWOBJ_EX"
  | "NEXT_BUFFER"
  | "NONE"
  | "NUMBER"
  | "OBJ"
  | "OLD_STRING"
  | "PERSID"
  | "POP"
  | "POP_MARK"
  | "PROTO"
  | "PUT"
  | "READONLY_BUFFER"
  | "REDUCE"
  | "SETITEM"
  | "SETITEMS"
  | "STACK_GLOBAL"
  | "STOP"
  | "STRING"
  | "TEXT"
  | "TRUE"
  | "TUPLE"
  | "TUPLE1"
  | "TUPLE2"
  | "TUPLE3"
  | "UNICODE";
