;; Four float32 weights at a time. Compiled by scripts/make-simd.mjs to module.ts; simd.ts says what each one does.
(module
  (memory (export "memory") 1)

  ;; Extremes of `count` floats at `src`, count a multiple of 8: eight lanes, four minima and four maxima, go to
  ;; `out`. min and max hand NaN on.
  (func (export "ends") (param $src i32) (param $count i32) (param $out i32)
    (local $end i32) (local $a v128) (local $b v128)
    (local $low v128) (local $high v128) (local $low2 v128) (local $high2 v128)
    (local.set $end (i32.add (local.get $src) (i32.shl (local.get $count) (i32.const 2))))
    (local.set $low (v128.load (local.get $src)))
    (local.set $high (local.get $low))
    (local.set $low2 (local.get $low))
    (local.set $high2 (local.get $low))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $src) (local.get $end)))
        (local.set $a (v128.load (local.get $src)))
        (local.set $b (v128.load offset=16 (local.get $src)))
        (local.set $low (f32x4.min (local.get $low) (local.get $a)))
        (local.set $high (f32x4.max (local.get $high) (local.get $a)))
        (local.set $low2 (f32x4.min (local.get $low2) (local.get $b)))
        (local.set $high2 (f32x4.max (local.get $high2) (local.get $b)))
        (local.set $src (i32.add (local.get $src) (i32.const 32)))
        (br $next)))
    (v128.store (local.get $out) (f32x4.min (local.get $low) (local.get $low2)))
    (v128.store offset=16 (local.get $out) (f32x4.max (local.get $high) (local.get $high2))))

  ;; Whether any of the floats from `src` to `end`, `step` bytes apart, equals the one after it.
  (func (export "repeats") (param $src i32) (param $end i32) (param $step i32) (result i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $src) (local.get $end)))
        (if (f32.eq (f32.load (local.get $src)) (f32.load offset=4 (local.get $src)))
          (then (return (i32.const 1))))
        (local.set $src (i32.add (local.get $src) (local.get $step)))
        (br $next)))
    (i32.const 0))

  ;; min(255, trunc(float32(float32(w - min) / span) * 256)) of four weights, the quotient taken in float64 and
  ;; rounded once, as numpy does.
  (func $four (param $w v128) (param $min v128) (param $span v128) (result v128)
    (local $d v128)
    (local.set $d (f32x4.sub (local.get $w) (local.get $min)))
    (i32x4.min_s
      (i32x4.trunc_sat_f32x4_s
        (f32x4.mul
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
            (f32x4.demote_f64x2_zero
              (f64x2.div (f64x2.promote_low_f32x4 (local.get $d)) (local.get $span)))
            (f32x4.demote_f64x2_zero
              (f64x2.div
                (f64x2.promote_low_f32x4
                  (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15 (local.get $d) (local.get $d)))
                (local.get $span))))
          (f32x4.splat (f32.const 256))))
      (i32x4.splat (i32.const 255))))

  ;; Levels of `count` floats at `src`, as bytes at `dst`; works in sixteens, so up to 15 more bytes are written.
  (func (export "levels") (param $src i32) (param $dst i32) (param $count i32) (param $min f32) (param $span f64)
    (local $end i32) (local $m v128) (local $s v128)
    (local.set $m (f32x4.splat (local.get $min)))
    (local.set $s (f64x2.splat (local.get $span)))
    (local.set $end (i32.add (local.get $dst) (local.get $count)))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $dst) (local.get $end)))
        (v128.store (local.get $dst)
          (i8x16.narrow_i16x8_u
            (i16x8.narrow_i32x4_s
              (call $four (v128.load (local.get $src)) (local.get $m) (local.get $s))
              (call $four (v128.load offset=16 (local.get $src)) (local.get $m) (local.get $s)))
            (i16x8.narrow_i32x4_s
              (call $four (v128.load offset=32 (local.get $src)) (local.get $m) (local.get $s))
              (call $four (v128.load offset=48 (local.get $src)) (local.get $m) (local.get $s)))))
        (local.set $src (i32.add (local.get $src) (i32.const 64)))
        (local.set $dst (i32.add (local.get $dst) (i32.const 16)))
        (br $next))))

  ;; For each of `tiles`: `columns` bytes from `src`, which moves on by `step`, to `dst` + the next i32 at `lefts`.
  (func (export "scatter")
    (param $src i32) (param $step i32) (param $dst i32) (param $lefts i32) (param $tiles i32) (param $columns i32)
    (local $end i32) (local $to i32)
    (local.set $end (i32.add (local.get $lefts) (i32.shl (local.get $tiles) (i32.const 2))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $lefts) (local.get $end)))
        (local.set $to (i32.add (local.get $dst) (i32.load (local.get $lefts))))
        (if (i32.eq (local.get $columns) (i32.const 3))
          (then
            (i32.store16 (local.get $to) (i32.load16_u (local.get $src)))
            (i32.store8 offset=2 (local.get $to) (i32.load8_u offset=2 (local.get $src))))
          (else (memory.copy (local.get $to) (local.get $src) (local.get $columns))))
        (local.set $src (i32.add (local.get $src) (local.get $step)))
        (local.set $lefts (i32.add (local.get $lefts) (i32.const 4)))
        (br $next))))

  ;; Adler-32's two sums over `count` bytes at `src`, count a multiple of 16, going on from a and b; returns
  ;; b << 32 | a. Reduced every 340 blocks, before 32 bits overflow.
  (func (export "adler") (param $src i32) (param $count i32) (param $a i32) (param $b i32) (result i64)
    (local $end i32) (local $stop i32) (local $blocks i32) (local $x v128)
    (local $sum v128) (local $weighted v128) (local $before v128)
    (local.set $end (i32.add (local.get $src) (local.get $count)))
    (block $done
      (loop $outer
        (br_if $done (i32.ge_u (local.get $src) (local.get $end)))
        (local.set $blocks (i32.shr_u (i32.sub (local.get $end) (local.get $src)) (i32.const 4)))
        (if (i32.gt_u (local.get $blocks) (i32.const 340)) (then (local.set $blocks (i32.const 340))))
        (local.set $b
          (i32.add (local.get $b) (i32.mul (local.get $a) (i32.shl (local.get $blocks) (i32.const 4)))))
        (local.set $sum (v128.const i32x4 0 0 0 0))
        (local.set $weighted (v128.const i32x4 0 0 0 0))
        (local.set $before (v128.const i32x4 0 0 0 0))
        (local.set $stop (i32.add (local.get $src) (i32.shl (local.get $blocks) (i32.const 4))))
        (loop $inner
          (local.set $x (v128.load (local.get $src)))
          (local.set $before (i32x4.add (local.get $before) (local.get $sum)))
          (local.set $sum
            (i32x4.add (local.get $sum)
              (i32x4.extadd_pairwise_i16x8_u (i16x8.extadd_pairwise_i8x16_u (local.get $x)))))
          (local.set $weighted
            (i32x4.add (local.get $weighted)
              (i32x4.add
                (i32x4.dot_i16x8_s
                  (i16x8.extend_low_i8x16_u (local.get $x))
                  (v128.const i16x8 16 15 14 13 12 11 10 9))
                (i32x4.dot_i16x8_s
                  (i16x8.extend_high_i8x16_u (local.get $x))
                  (v128.const i16x8 8 7 6 5 4 3 2 1)))))
          (local.set $src (i32.add (local.get $src) (i32.const 16)))
          (br_if $inner (i32.lt_u (local.get $src) (local.get $stop))))
        (local.set $weighted
          (i32x4.add (local.get $weighted) (i32x4.shl (local.get $before) (i32.const 4))))
        (local.set $a
          (i32.rem_u (i32.add (local.get $a) (call $total (local.get $sum))) (i32.const 65521)))
        (local.set $b
          (i32.rem_u (i32.add (local.get $b) (call $total (local.get $weighted))) (i32.const 65521)))
        (br $outer)))
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $b)) (i64.const 32))
      (i64.extend_i32_u (local.get $a))))

  (func $total (param $x v128) (result i32)
    (i32.add
      (i32.add (i32x4.extract_lane 0 (local.get $x)) (i32x4.extract_lane 1 (local.get $x)))
      (i32.add (i32x4.extract_lane 2 (local.get $x)) (i32x4.extract_lane 3 (local.get $x))))))
