//! The operators of `_function`, for the reference page: the language's own order of precedence.

/// A row of the page.
#[derive(Debug)]
pub struct Operator {
    /// How it is written.
    pub usage: &'static [&'static str],
    /// What it does, in English.
    pub en: &'static str,
    /// What it does, in Chinese.
    pub zh: &'static str,
    /// Expressions over the sample record, and the JSON of their values.
    pub examples: &'static [(&'static str, &'static str)],
}

/// All of them, from the strongest to the weakest.
pub const TABLE: &[Operator] = &[
    Operator {
        usage: &["CASE WHEN … THEN … ELSE … END", "CASE x WHEN … THEN … END"],
        en: "The first branch whose condition is true, or whose value equals x; without ELSE, NULL.",
        zh: "第一个条件成立（或与 x 相等）的分支；没有 ELSE 时为 NULL。",
        examples: &[
            ("CASE WHEN {{amount}} > 100 THEN 'A' ELSE 'B' END", "\"A\""),
            ("CASE '{{shop}}' WHEN '旗舰店' THEN 1 WHEN '专营店' THEN 2 END", "1"),
        ],
    },
    Operator {
        usage: &["-x", "+x", "!x"],
        en: "The sign; `!` is NOT.",
        zh: "正负号；! 即 NOT。",
        examples: &[("-{{count}}", "-3"), ("!{{count}}", "0")],
    },
    Operator {
        usage: &["*", "/", "%", "MOD", "DIV"],
        en: "Exact decimals. `/` has four digits more behind the point than its left side, `%` is what is left, \
             DIV the whole part. A divisor of 0 is an error.",
        zh: "精确小数。/ 的结果比左侧多 4 位小数，% 取余数，DIV 取整数部分。除数为 0 时报错。",
        examples: &[
            ("{{amount}} * {{count}}", "301.50"),
            ("{{amount}} / {{count}}", "33.500000"),
            ("7 % 2", "1"),
            ("7 DIV 2", "3"),
        ],
    },
    Operator {
        usage: &["+", "-"],
        en: "Exact decimals.",
        zh: "精确小数。",
        examples: &[("{{amount}} - 0.5", "100.00"), ("0.1 + 0.2", "0.3")],
    },
    Operator {
        usage: &["LIKE", "IN (…)", "BETWEEN a AND b", "NOT …"],
        en: "A pattern with `%` for any text and `_` for one character; one of several; both ends included. \
             1, 0 or NULL.",
        zh: "模式匹配，% 代表任意文本，_ 代表一个字符；属于其中之一；介于两者之间（含两端）。结果为 1、0 或 NULL。",
        examples: &[
            ("'{{no}}' LIKE 'SO-%'", "1"),
            ("'{{shop}}' NOT IN ('旗舰店', '专营店')", "0"),
            ("{{count}} BETWEEN 1 AND 3", "1"),
        ],
    },
    Operator {
        usage: &[
            "=",
            "<>",
            "!=",
            "<",
            "<=",
            ">",
            ">=",
            "<=>",
            "IS NULL",
            "IS NOT NULL",
            "IS TRUE",
            "IS FALSE",
        ],
        en: "1, 0, or NULL where a side is NULL; `<=>` and `IS` answer 1 or 0 in any case.",
        zh: "结果为 1、0，任一侧为 NULL 时为 NULL；<=> 与 IS 总是 1 或 0。",
        examples: &[
            ("{{count}} >= 3", "1"),
            ("{{none}} = 1", "null"),
            ("{{none}} <=> NULL", "1"),
            ("{{none}} IS NULL", "1"),
        ],
    },
    Operator {
        usage: &["NOT"],
        en: "1 for 0, 0 for any other number, NULL for NULL.",
        zh: "0 得 1，其他数得 0，NULL 得 NULL。",
        examples: &[("NOT {{count}} = 3", "0")],
    },
    Operator {
        usage: &["AND", "&&"],
        en: "0 where a side is 0, else NULL where a side is NULL, else 1.",
        zh: "任一侧为 0 得 0，否则任一侧为 NULL 得 NULL，否则得 1。",
        examples: &[("{{count}} > 1 AND {{amount}} > 100", "1"), ("{{none}} && 0", "0")],
    },
    Operator {
        usage: &["XOR"],
        en: "1 where just one side is true.",
        zh: "恰有一侧为真时得 1。",
        examples: &[("1 XOR 1", "0")],
    },
    Operator {
        usage: &["OR", "||"],
        en: "1 where a side is true, else NULL where a side is NULL, else 0. `||` joins no texts: that is CONCAT.",
        zh: "任一侧为真得 1，否则任一侧为 NULL 得 NULL，否则得 0。|| 不拼接文本，拼接请用 CONCAT。",
        examples: &[("{{count}} > 5 OR {{amount}} > 100", "1"), ("{{none}} || 0", "null")],
    },
];
