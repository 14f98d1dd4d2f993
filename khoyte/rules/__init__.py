"""The rule engine: a rule is declared once and judges whole batches of dossiers by column operations.

How to declare a rule
---------------------
In a module of a rulebook (for claims: `khoyte.submissions.rulebook`) build a list `RULES` of declarations:

    from khoyte.foundation.language import Text
    from khoyte.rules import Example, F, H, T, implies, position, rule

    RULES = [
        *rule(
            "V-025",                                  # stable id; several checks of one id differ by part=
            table="XML1", field="NGAY_RA",            # where the finding points; several tables: a tuple
            level={"precheck": "E", "store": "E"},    # or dated: ((None, "E"), (date(2025, 1, 1), "W"))
            quality="correct",                        # one of the six words
            label=Text("Ngày vào không được sau ngày ra", "Admission is not after discharge"),
            check=F.NGAY_VAO.minute <= F.NGAY_RA.minute,
            show={"admitted": F.NGAY_VAO},            # {admitted} in the message
            message=Text("{where}: ...", "{where}: ..."),
            hint=Text("...", "..."),                  # what to do
            legal="...",
            cause="field",                            # what counts as one cause
            examples=[Example(fails={"XML1": [{"NGAY_RA": "..."}]})],
        ),
    ]

A finding arises for each row of the table where `when` is true and `check` is false.

The language (all in `language`, meaning in `referee`)
------------------------------------------------------
F.NAME a field of the row, H.NAME of the dossier's XML1, T.XML2 another table of the dossier. A field that is
absent or empty is unknown, so is what cannot be read; unknown spreads, and an unknown `when` or `check`
gives no finding (the checks for presence, dates and numbers speak of it). Count unknown as something with
`.or_false`, `.or_true`, `.or_zero`.

    texts       .filled .empty .length .left(n) .slice(a, n) .matches("[0-9]{5}") == != .is_in("1", "2")
                .in_list("MA_LOAI_RV")   .in_catalogue("icd10")   .in_catalogue("icd10", "not_as_main")
                .is_date("date12")       .among(T.XML3.MA_DICH_VU)      .repeated (earlier row, same value)
    parts by ;  .parts.count  .parts[0]  .parts.each_matches(p)  .parts.each_in(...)  .parts.each_in_list(n)
                .parts.each_in_catalogue(n)  .parts.any_in(...)  .parts.distinct  .parts.contain(F.X)
    readings    .number  .minute  .day  .birth; compared with < <= == != .between(a, b)
    arithmetic  + - * /  .rounded (half up, 2 decimals)  .close_to(other, tolerance=0.01)
                minutes_between(a, b)  days_between(a, b)  choose(condition, a, b)
    tables      T.XML2.sum(F.THANH_TIEN_BV.number, where=...)  .count(where) .exists(where) .max(v) .min(v)
    conditions  & | ~ implies(a, b); position is the row's place; head(expression) is computed on XML1
    by hand     custom(inputs..., whole=..., row=...), for the few rules nothing above can say

Messages take {where} (table, row, field with its label), {value}, {row}, {field}, {label} and the names of
`show`; dates and numbers are formatted for the reader. Values of identifying fields are never shown or kept.
"""

from khoyte.rules.declaration import PROFILES, QUALITY, Example, Level, Rule, rule
from khoyte.rules.language import (
    Expression,
    F,
    H,
    T,
    choose,
    constant,
    custom,
    days_between,
    head,
    implies,
    minutes_between,
    position,
)
from khoyte.rules.nodes import DeclarationError

__all__ = [
    "PROFILES",
    "QUALITY",
    "DeclarationError",
    "Example",
    "Expression",
    "F",
    "H",
    "Level",
    "Rule",
    "T",
    "choose",
    "constant",
    "custom",
    "days_between",
    "head",
    "implies",
    "minutes_between",
    "position",
    "rule",
]
