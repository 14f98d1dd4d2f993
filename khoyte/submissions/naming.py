"""Whom records name by licence number, and on which days: what the register of practice is asked about."""

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from khoyte.practice.in_force import licence_digest
from khoyte.submissions.rulebook.gate import GATED


def people_in(frames: Mapping[str, pl.DataFrame]) -> set[str]:
    """Every licence number these records name, as written."""
    texts: set[str] = set()
    for gated in GATED:
        frame = frames.get(gated.table)
        if frame is not None and gated.people in frame.columns:
            texts.update(text for text in frame[gated.people].unique() if text)
    return {one for text in texts for one in text.split(";")}


_NAMED = {"submission_id": pl.String, "licence": pl.String, "first": pl.Date, "last": pl.Date}


def named_in(frames: Mapping[str, pl.DataFrame], owners: Sequence[str]) -> pl.DataFrame:
    """One row per file and licence: submission_id, licence ("\\x" and its hash), first and last day.

    `owners[i]` is the file of dossier i of the frames. Lines without a day say nothing.
    """
    parts = [
        frame.select("#dossier", pl.col(gated.people).alias("people"), _day(gated.moment))
        for gated in GATED
        if (frame := frames.get(gated.table)) is not None
        and {gated.people, gated.moment} <= set(frame.columns)
    ]
    if not parts:
        return pl.DataFrame(schema=_NAMED)
    # PostgreSQL knows no year 0.
    lines = pl.concat(parts).drop_nulls().filter(pl.col("day") >= date.min)
    files = pl.Series("submission_id", owners, dtype=pl.String)
    lines = lines.with_columns(files.gather(lines["#dossier"]))
    texts = lines.group_by("submission_id", "people").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")
    )
    named = texts.join(_digests(texts["people"]), on="people")
    return named.group_by("submission_id", "licence").agg(pl.col("first").min(), pl.col("last").max())


def _day(field: str) -> pl.Expr:
    return pl.col(field).str.slice(0, 8).str.to_date("%Y%m%d", strict=False).alias("day")


def _digests(texts: pl.Series) -> pl.DataFrame:
    rows = [
        (text, f"\\x{digest.hex()}")
        for text in texts.unique()
        for one in text.split(";")
        if (digest := licence_digest(one)) is not None
    ]
    return pl.DataFrame(rows, schema={"people": pl.String, "licence": pl.String}, orient="row")
