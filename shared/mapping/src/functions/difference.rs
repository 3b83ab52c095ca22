//! Where the language differs from MySQL on purpose. The table is printed in `docs/functions.md`; the
//! comparison with a real MariaDB (`tests/mysql`) allows these and no others.

/// One deliberate difference.
#[derive(Debug)]
pub struct Difference {
    /// An expression that shows it.
    pub expression: &'static str,
    /// What MariaDB answers.
    pub mysql: &'static str,
    /// What we answer.
    pub ours: &'static str,
    /// Why, in English.
    pub en: &'static str,
    /// Why, in Chinese.
    pub zh: &'static str,
}

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    Difference {
        expression: "1 / 0",
        mysql: "NULL",
        ours: "error division_by_zero",
        en: "A price that nobody has computed must not be posted as empty. `NULLIF(x, 0)` gives NULL where \
             that is meant.",
        zh: "没有算出来的价格不能当作空值投递。确需空值时请写 NULLIF(x, 0)。",
    },
    Difference {
        expression: "'abc' + 1",
        mysql: "1",
        ours: "error bad_cast",
        en: "A text that is no number (also an empty one) is no 0. Spaces around a number are forgiven.",
        zh: "不是数字的文本（包括空文本）不等于 0。数字两边的空格可以接受。",
    },
    Difference {
        expression: "DATE_FORMAT('abc', '%Y')",
        mysql: "NULL",
        ours: "error bad_time",
        en: "The same for times; and FROM_UNIXTIME of a number beyond 1970 to 2106 is an error, which is what \
             milliseconds in place of seconds come to. A number or digits of epoch seconds or milliseconds \
             is a time here.",
        zh: "时间亦然；FROM_UNIXTIME 的参数超出 1970–2106 年（常因把毫秒当作秒）时报错。秒或毫秒时间戳在此可作时间使用。",
    },
    Difference {
        expression: "'1.5' * 2",
        mysql: "3 (a double)",
        ours: "3.0",
        en: "Texts that hold a number, and literals like 1e3, are exact decimals, never doubles.",
        zh: "内容为数字的文本以及 1e3 之类的字面量都是精确小数，绝不是双精度浮点数。",
    },
    Difference {
        expression: "9223372036854775807 + 1",
        mysql: "error 1690",
        ours: "9223372036854775808",
        en: "Whole numbers have 65 digits as all decimals do; what is longer is the error overflow.",
        zh: "整数与小数一样可有 65 位；更长则报错 overflow。",
    },
    Difference {
        expression: "IFNULL(1, 2.50)",
        mysql: "1.00",
        ours: "1",
        en: "CASE, IF, IFNULL, COALESCE, GREATEST and LEAST give the chosen value as it is, not widened to a \
             type common to all branches.",
        zh: "CASE、IF、IFNULL、COALESCE、GREATEST、LEAST 原样给出所选的值，不会扩展为各分支的公共类型。",
    },
    Difference {
        expression: "'é' = 'e', '😀' = '😁'",
        mysql: "1, 1 (utf8mb4_general_ci)",
        ours: "0, 0",
        en: "Letter case and trailing spaces make no difference in comparisons, as in the default collations; \
             accents and emoji do.",
        zh: "比较时与默认排序规则一致，不区分大小写和结尾空格；但区分重音符号与表情符号。",
    },
    Difference {
        expression: "'true' = 1",
        mysql: "0",
        ours: "1",
        en: "The texts true and false count as 1 and 0 where a number is needed: shop systems send them.",
        zh: "需要数字时，文本 true 与 false 视为 1 与 0：电商系统会这样传。",
    },
    Difference {
        expression: "0.12345678901234567890123456789 * 1.12345678901234567890123456789",
        mysql: "digits wrong from about the 40th on",
        ours: "all digits",
        en: "Products and quotients of very long numbers are exact; MariaDB drops words of nine digits. Zero has \
             no sign: `-0.5 % 0.5` is 0.0, not -0.0.",
        zh: "很长的数字相乘相除时保留全部位数，而 MariaDB 会丢弃九位一组的尾数。零没有符号：-0.5 % 0.5 得 0.0 而不是 -0.0。",
    },
    Difference {
        expression: "ROUND(1e3, 2)",
        mysql: "1000.00",
        ours: "1000",
        en: "A number without digits behind the point is a whole number, wherever it comes from; ROUND fills up \
             decimals only.",
        zh: "没有小数位的数一律视为整数，无论来源；ROUND 只对小数补零。",
    },
    Difference {
        expression: "FROM_UNIXTIME(0) + 0",
        mysql: "19700101080000",
        ours: "error bad_cast",
        en: "Times are texts: they are compared as texts, and are no numbers. Read are `2024-01-01`, with \
             `10:11:12` behind a blank or T, a fraction and a zone; not `2024/1/2`, `20240102` or a time with \
             something behind it, which MariaDB guesses at.",
        zh: "时间是文本：按文本比较，不能当数字用。可读的写法是 2024-01-01，后面可有空格或 T 加 10:11:12、小数秒和时区；\
             2024/1/2、20240102 或带有多余内容的时间不读，而 MariaDB 会去猜。",
    },
    Difference {
        expression: "NOW()",
        mysql: "the server's clock and time zone",
        ours: "the start of the run, Asia/Shanghai",
        en: "The same for every record of a run, wherever the component runs.",
        zh: "同一次运行的每条记录都相同，与组件运行在何处无关。",
    },
    Difference {
        expression: "REPEAT-like growth: REPLACE('a…', 'a', long)",
        mysql: "NULL beyond max_allowed_packet",
        ours: "error too_long beyond 1 MiB",
        en: "No record may take the memory down.",
        zh: "任何记录都不能耗尽内存。",
    },
];
