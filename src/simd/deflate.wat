;; Deflate (RFC 1951) of literals and runs: the only thing to find in the rows of a montage, whose weights are noise.
;; Compiled by scripts/make-simd.mjs to module.ts; deflate.ts builds the codes.
(module
  (memory (export "memory") 1)

  ;; Bits not yet written, how many of them, and where they go.
  (global $bits (mut i64) (i64.const 0))
  (global $count (mut i32) (i32.const 0))
  (global $out (mut i32) (i32.const 0))

  ;; Where bytes go from now on; bits that wait go there too.
  (func (export "begin") (param $out i32) (global.set $out (local.get $out)))

  ;; The end of what was written.
  (func (export "end") (result i32) (global.get $out))

  (func $put (export "put") (param $value i32) (param $length i32)
    (global.set $bits
      (i64.or (global.get $bits)
        (i64.shl (i64.extend_i32_u (local.get $value)) (i64.extend_i32_u (global.get $count)))))
    (global.set $count (i32.add (global.get $count) (local.get $length)))
    (if (i32.ge_u (global.get $count) (i32.const 32))
      (then
        (i64.store32 (global.get $out) (global.get $bits))
        (global.set $out (i32.add (global.get $out) (i32.const 4)))
        (global.set $bits (i64.shr_u (global.get $bits) (i64.const 32)))
        (global.set $count (i32.sub (global.get $count) (i32.const 32))))))

  ;; Fills the last byte with zeros and writes what waits.
  (func (export "finish")
    (i64.store (global.get $out) (global.get $bits))
    (global.set $out (i32.add (global.get $out) (i32.shr_u (i32.add (global.get $count) (i32.const 7)) (i32.const 3))))
    (global.set $bits (i64.const 0))
    (global.set $count (i32.const 0)))

  ;; How many bytes from `at` on equal `byte`: at most 258, and not beyond `end`. Reads up to 15 bytes further.
  (func $run (param $at i32) (param $end i32) (param $byte i32) (result i32)
    (local $length i32) (local $limit i32) (local $same i32) (local $all v128)
    (local.set $limit (i32.sub (local.get $end) (local.get $at)))
    (if (i32.gt_u (local.get $limit) (i32.const 258)) (then (local.set $limit (i32.const 258))))
    (local.set $all (i8x16.splat (local.get $byte)))
    (block $done
      (loop $next
        (local.set $same
          (i8x16.bitmask
            (i8x16.eq (v128.load (i32.add (local.get $at) (local.get $length))) (local.get $all))))
        (if (i32.ne (local.get $same) (i32.const 0xffff))
          (then
            (local.set $length
              (i32.add (local.get $length) (i32.ctz (i32.xor (local.get $same) (i32.const 0xffff)))))
            (br $done)))
        (local.set $length (i32.add (local.get $length) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $length) (local.get $limit)))))
    (select (local.get $length) (local.get $limit) (i32.lt_u (local.get $length) (local.get $limit))))

  ;; Whether a run begins among the 12 bytes at `at`: a byte that equals the one before it and the two behind it.
  ;; Reads from the byte before `at` to the 16th behind it.
  (func $calm (param $at i32) (result i32)
    (local $same i32)
    (local.set $same
      (i8x16.bitmask
        (i8x16.eq (v128.load (local.get $at)) (v128.load (i32.sub (local.get $at) (i32.const 1))))))
    (i32.eqz
      (i32.and
        (i32.and
          (i32.and (local.get $same) (i32.shr_u (local.get $same) (i32.const 1)))
          (i32.shr_u (local.get $same) (i32.const 2)))
        (i32.const 0xfff))))

  ;; Counts literals (256 i32s at `counts`) and runs by length (i32s at `counts` + 1024, index length - 3). Twelve
  ;; bytes without a run, which is what noise is made of, are counted in one go.
  (func (export "survey") (param $at i32) (param $end i32) (param $counts i32)
    (local $byte i32) (local $before i32) (local $length i32) (local $slot i32) (local $last i32)
    (local.set $before (i32.const -1))
    (local.set $last (i32.sub (local.get $end) (i32.const 32)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $at) (local.get $end)))
        (if (i32.and (i32.lt_s (local.get $at) (local.get $last)) (i32.ge_s (local.get $before) (i32.const 0)))
          (then
            (if (call $calm (local.get $at))
              (then
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=0 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=3 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=4 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=5 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=6 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=7 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=8 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=9 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=10 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $slot
                  (i32.add (local.get $counts) (i32.shl (i32.load8_u offset=11 (local.get $at)) (i32.const 2))))
                (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
                (local.set $before (i32.load8_u offset=11 (local.get $at)))
                (local.set $at (i32.add (local.get $at) (i32.const 12)))
                (br $next)))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $length (i32.const 1))
        (local.set $slot (i32.add (local.get $counts) (i32.shl (local.get $byte) (i32.const 2))))
        (if (i32.eq (local.get $byte) (local.get $before))
          (then
            (local.set $length (call $run (local.get $at) (local.get $end) (local.get $byte)))
            (if (i32.lt_u (local.get $length) (i32.const 3))
              (then (local.set $length (i32.const 1)))
              (else
                (local.set $slot
                  (i32.add (i32.add (local.get $counts) (i32.const 1012)) (i32.shl (local.get $length) (i32.const 2))))))))
        (i32.store (local.get $slot) (i32.add (i32.load (local.get $slot)) (i32.const 1)))
        (local.set $before (local.get $byte))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (br $next))))

  ;; Writes the same bytes with the codes at `codes`: bits | length << 24, laid out as the counts were. No code of a
  ;; literal is longer than 14 bits, so that four fit beside the seven that may wait.
  (func (export "encode") (param $at i32) (param $end i32) (param $codes i32)
    (local $byte i32) (local $before i32) (local $length i32) (local $code i32) (local $last i32)
    (local $bits i64) (local $count i32) (local $out i32)
    ;; From 32 waiting bits to at most seven.
    (local.set $bits (global.get $bits))
    (local.set $count (global.get $count))
    (local.set $out (global.get $out))
    (i64.store (local.get $out) (local.get $bits))
    (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $count) (i32.const 3))))
    (local.set $bits
      (i64.shr_u (local.get $bits) (i64.extend_i32_u (i32.and (local.get $count) (i32.const 56)))))
    (local.set $count (i32.and (local.get $count) (i32.const 7)))
    (local.set $before (i32.const -1))
    (local.set $last (i32.sub (local.get $end) (i32.const 32)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_s (local.get $at) (local.get $end)))
        (if (i32.and (i32.lt_s (local.get $at) (local.get $last)) (i32.ge_s (local.get $before) (i32.const 0)))
          (then
            (if (call $calm (local.get $at))
              (then
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=0 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=1 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=2 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=3 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (i64.store (local.get $out) (local.get $bits))
                (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $count) (i32.const 3))))
                (local.set $bits
                  (i64.shr_u (local.get $bits) (i64.extend_i32_u (i32.and (local.get $count) (i32.const 56)))))
                (local.set $count (i32.and (local.get $count) (i32.const 7)))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=4 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=5 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=6 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=7 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (i64.store (local.get $out) (local.get $bits))
                (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $count) (i32.const 3))))
                (local.set $bits
                  (i64.shr_u (local.get $bits) (i64.extend_i32_u (i32.and (local.get $count) (i32.const 56)))))
                (local.set $count (i32.and (local.get $count) (i32.const 7)))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=8 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=9 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=10 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (local.set $code
                  (i32.load (i32.add (local.get $codes) (i32.shl (i32.load8_u offset=11 (local.get $at)) (i32.const 2)))))
                (local.set $bits
                  (i64.or (local.get $bits)
                    (i64.shl
                      (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
                      (i64.extend_i32_u (local.get $count)))))
                (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
                (i64.store (local.get $out) (local.get $bits))
                (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $count) (i32.const 3))))
                (local.set $bits
                  (i64.shr_u (local.get $bits) (i64.extend_i32_u (i32.and (local.get $count) (i32.const 56)))))
                (local.set $count (i32.and (local.get $count) (i32.const 7)))
                (local.set $before (i32.load8_u offset=11 (local.get $at)))
                (local.set $at (i32.add (local.get $at) (i32.const 12)))
                (br $next)))))
        (local.set $byte (i32.load8_u (local.get $at)))
        (local.set $length (i32.const 1))
        (local.set $code (i32.load (i32.add (local.get $codes) (i32.shl (local.get $byte) (i32.const 2)))))
        (if (i32.eq (local.get $byte) (local.get $before))
          (then
            (local.set $length (call $run (local.get $at) (local.get $end) (local.get $byte)))
            (if (i32.lt_u (local.get $length) (i32.const 3))
              (then (local.set $length (i32.const 1)))
              (else
                (local.set $code
                  (i32.load
                    (i32.add (i32.add (local.get $codes) (i32.const 1012)) (i32.shl (local.get $length) (i32.const 2)))))))))
        (local.set $before (local.get $byte))
        (local.set $at (i32.add (local.get $at) (local.get $length)))
        (local.set $bits
          (i64.or (local.get $bits)
            (i64.shl
              (i64.extend_i32_u (i32.and (local.get $code) (i32.const 0xffffff)))
              (i64.extend_i32_u (local.get $count)))))
        (local.set $count (i32.add (local.get $count) (i32.shr_u (local.get $code) (i32.const 24))))
        (i64.store (local.get $out) (local.get $bits))
        (local.set $out (i32.add (local.get $out) (i32.shr_u (local.get $count) (i32.const 3))))
        (local.set $bits
          (i64.shr_u (local.get $bits) (i64.extend_i32_u (i32.and (local.get $count) (i32.const 56)))))
        (local.set $count (i32.and (local.get $count) (i32.const 7)))
        (br $next)))
    (global.set $bits (local.get $bits))
    (global.set $count (local.get $count))
    (global.set $out (local.get $out))))
