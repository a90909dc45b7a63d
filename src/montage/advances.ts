// Written by scripts/make-glyphs.py with FreeType 2.14.3; do not edit.
// Inter, Copyright 2016 The Inter Project Authors (https://github.com/rsms/inter), SIL Open Font License 1.1.

/** Characters that labels have glyphs for, in the order of every table. */
export const GLYPH_TEXT =
  " !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~¡¢£¤¥¦§¨©ª«¬®¯°±²³´µ¶·¸¹º»¼½¾¿ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóôõö÷øùúûüýþÿ–—‘’“”…−≤≥≠≈→←↑↓∞∑√σμΔλπ•";

/** Advance widths in thousandths of the font size, two base-36 digits each. */
export const ADVANCES = {
  regular:
    "7t7qb7hjhqmlhr66a2a2dwib7scs7o9xhdcwgthohugwhcfvh4hc7o7sibibibe3q0isi3k7jzgmgbknkk7cf3i4fnopkxl5hnl5hrhqhuklisqdhuihhda29xa2d1ckdtfoh9fih9g6a1gxgf6l6lf46lo5g9glgxgxaceja4g5fhmlf0fhf1a293a2ib7qfihjk3f87efbgfpfchf0f0imchcnibbobydthagn7o7f8pchf0okpqqde3isisisisisisrik7gmgmgmgm7c7c7c7cjzkxl5l5l5l5l5ibl5klklklklihhjgxfofofofofofoppfig6g6g6g66l6l6l6lg4g9glglglglglibglg5g5g5g5fhgxfhdwrs5j55alalmtibibibibibqjqjqjqjpuhjhjhjhaisg9hjfn",
  semibold:
    "6w8lb0hvi1ngif5xaxaxf3ip87cy82ajijddh9i4iihki0gbhyi08287ipipipf4rrk4i9kok4gwgakzko7nflitfqp6klljhvlki3i1ickek4rzj6jli5axajaxddd0dtfzhig1highahhdh17979ft79oygygwhdhdb1f9akgwg0n9fng0fmax9yaxip8lg1iakvfo8vg3fdpfd6glfqiiemcqipbrc6dti4gu829f8ud5gnohpjqof4k4k4k4k4k4k4s9kogwgwgwgw7n7n7n7nk4klljljljljljipljkekekekejli9hyfzfzfzfzfzfzphg1ghghghgh79797979ghgygwgwgwgwgwipgwgwgwgwgwg0h0g0dwrs6c5ybcbbmeipipipipipqjqjqjqjqujqici9i4k4gojnds",
} as const;
