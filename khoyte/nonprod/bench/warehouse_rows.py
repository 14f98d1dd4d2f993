"""An invented lake of any size, as Parquet files in a folder: for benchmarks and to compare engines.

Rows are drawn by column, so ten million visits take a minute. Every column of the lake is there; those that
no indicator reads are empty. Some visits are superseded, some values missing, some codes wrong.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow.parquet as pq

from khoyte.warehouse.columns import REGISTERS, STATE, columns_of
from khoyte.warehouse.provinces import PLACES
from khoyte.warehouse.tables import DataFile, schema_of

PROVINCES = (*sorted(PLACES), "97")
FACILITIES_OF_PROVINCE = 20
DAY = date(2026, 9, 30)
_FIRST_DAY, _DAYS = date(2026, 1, 1), 270
_KINDS = ("01", "02", "03", "04", "05", "07", "09")
_KIND_SHARES = (0.6, 0.05, 0.15, 0.02, 0.12, 0.05, 0.01)
_PROCEDURES = (None, "74.1", "03.31;74.99", "74.3", "73.59")
_ROUTES = ("1.01", "1.02", "2.10", "2.15", "4.01", None)
_GROUPS = (1, 2, 3, 8, 10, 13, 14, 15, 18)
_TITLES = ("BS", "YS", "DD", "HS", "KTY", None)


def write(folder: Path, visits: int, seed: int = 1) -> dict[str, list[DataFile]]:
    """Files of all tables, with about two drugs and four services a visit."""
    rng = np.random.default_rng(seed)
    frame, states = _visits(rng, visits)
    tables = {
        "visit": frame,
        STATE: states,
        "visit_drug": _drugs(rng, frame, 2 * visits),
        "visit_service": _services(rng, frame, 4 * visits),
        **_registers(rng, visits),
    }
    return {name: [_write(folder, name, rows)] for name, rows in tables.items()}


def _write(folder: Path, name: str, rows: pl.DataFrame) -> DataFile:
    schema = schema_of(columns_of(name))
    whole = rows.select(
        pl.col(column) if column in rows.columns else pl.lit(None).alias(column) for column in schema.names
    )
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.parquet"
    pq.write_table(whole.to_arrow().cast(schema), path, compression="zstd")
    return DataFile(f"file://{path}", "", "", rows.height, path.stat().st_size)


def _facilities(rng: np.random.Generator, count: int) -> pl.DataFrame:
    province = rng.integers(0, len(PROVINCES), count)
    number = rng.integers(1, FACILITIES_OF_PROVINCE + 1, count)
    code = pl.Series("province", np.array(PROVINCES)[province])
    return pl.DataFrame({"province": code, "number": number}).select(
        "province", facility=pl.format("{}{}", "province", pl.col("number").cast(pl.String).str.zfill(3))
    )


def _visits(rng: np.random.Generator, count: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    days = pl.Series("days", rng.integers(0, _DAYS, count))
    out = days.to_frame().select(pl.lit(_FIRST_DAY) + pl.duration(days="days")).to_series()
    nights = pl.Series("days", rng.integers(0, 15, count))
    stayed = nights.to_frame().select(pl.duration(days="days")).to_series()
    letters = np.array(list("ABCDEFGHIJKLMNOPQRSTZ"))
    category = rng.integers(0, 100, count)
    births = rng.random(count) < 0.05
    letter = np.where(births, "O", letters[rng.integers(0, len(letters), count)])
    category = np.where(births, rng.integers(79, 86, count), category)
    disease = (
        pl.DataFrame({"l": letter, "c": category})
        .select(pl.format("{}{}.{}", "l", pl.col("c").cast(pl.String).str.zfill(2), pl.col("c") % 10))
        .to_series()
    )
    cost = rng.integers(20_000, 5_000_000, count)
    insured = rng.random(count) < 0.85
    frame = _facilities(rng, count).with_columns(
        visit_id=pl.Series(np.arange(count)),
        month=out.dt.strftime("%Y-%m"),
        ngay_ra=_some_missing(rng, out, 0.002),
        ngay_vao=out - stayed,
        # People come more than once; one in ten without a number.
        person=_some_missing(rng, pl.Series(rng.integers(0, max(1, count // 2), count)), 0.1),
        ma_loai_kcb=_some_missing(rng, pl.Series(rng.choice(_KINDS, count, p=_KIND_SHARES)), 0.005),
        ma_benh_chinh=_some_missing(rng, disease, 0.01),
        ma_pttt_qt=pl.Series(
            rng.choice(np.array(_PROCEDURES, dtype=object), count).tolist(), dtype=pl.String
        ),
        age_years=_some_missing(rng, pl.Series(rng.integers(0, 101, count)), 0.02),
        gioi_tinh=_some_missing(rng, pl.Series(rng.integers(1, 4, count)), 0.005),
        ma_nghe_nghiep=_some_missing(
            rng, pl.Series(rng.integers(10_000, 99_999, count)).cast(pl.String), 0.05
        ),
        matinh_cu_tru=_some_missing(rng, pl.Series(rng.choice(PROVINCES, count)), 0.03),
        so_ngay_dtri=_some_missing(rng, pl.Series(rng.integers(0, 15, count)), 0.01),
        ket_qua_dtri=_some_missing(rng, pl.Series(rng.integers(1, 8, count)), 0.01),
        ma_loai_rv=_some_missing(rng, pl.Series(rng.integers(1, 6, count)), 0.01),
        t_tongchi_bv=_some_missing(rng, pl.Series(cost), 0.01),
        t_thuoc=_some_missing(rng, pl.Series(cost // 3), 0.01),
        t_vtyt=_some_missing(rng, pl.Series(cost // 11), 0.2),
        t_bhtt=_some_missing(rng, pl.Series(np.where(insured, cost * 8 // 10, 0)), 0.01),
        t_bntt=_some_missing(rng, pl.Series(cost // 20), 0.1),
        t_bncct=_some_missing(rng, pl.Series(cost // 7), 0.1),
        is_referred=pl.Series(rng.random(count) < 0.05).cast(pl.Int64),
        is_to_return=pl.Series(rng.random(count) < 0.2).cast(pl.Int64),
        has_discharge_paper=pl.Series(rng.random(count) < 0.7).cast(pl.Int64),
        has_personal_number=pl.Series(rng.random(count) < 0.9).cast(pl.Int64),
        days_to_send=_some_missing(rng, pl.Series(rng.integers(0, 6, count)), 0.002),
    )
    return frame, _states(rng, frame)


def _states(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Every visit was current once; three in a hundred are no longer."""
    first = frame.select("visit_id", "facility", "province", "month", is_current=1, as_of=100)
    gone = first.filter(pl.Series(rng.random(frame.height) < 0.03))
    return pl.concat([first, gone.with_columns(is_current=pl.lit(0), as_of=pl.lit(200))]).with_columns(
        pl.col("is_current", "as_of").cast(pl.Int64)
    )


def _lines(rng: np.random.Generator, frame: pl.DataFrame, count: int) -> pl.DataFrame:
    chosen = frame.select("visit_id", "facility", "province", "month")
    return chosen[rng.integers(0, frame.height, count)].with_columns(row=pl.Series(np.arange(count)))


def _drugs(rng: np.random.Generator, frame: pl.DataFrame, count: int) -> pl.DataFrame:
    return _lines(rng, frame, count).with_columns(
        ma_nhom=pl.lit(4),
        duong_dung=pl.Series(rng.choice(np.array(_ROUTES, dtype=object), count).tolist(), dtype=pl.String),
        thanh_tien_bv=_some_missing(rng, pl.Series(rng.integers(1_000, 300_000, count)), 0.01),
    )


def _services(rng: np.random.Generator, frame: pl.DataFrame, count: int) -> pl.DataFrame:
    return _lines(rng, frame, count).with_columns(
        ma_nhom=_some_missing(rng, pl.Series(rng.choice(_GROUPS, count)), 0.01),
        so_luong=pl.Series(rng.integers(1, 4, count)),
        thanh_tien_bv=_some_missing(rng, pl.Series(rng.integers(10_000, 900_000, count)), 0.01),
    )


def _registers(rng: np.random.Generator, visits: int) -> dict[str, pl.DataFrame]:
    people = max(200, visits // 1000)
    places = [
        {
            "facility": f"{province}{number:03d}",
            "province": province,
            "beds_actual": None if number == 3 else 10 * number,
        }
        for province in PROVINCES
        for number in range(1, FACILITIES_OF_PROVINCE + 1)
    ]
    told: Mapping[str, pl.DataFrame] = {
        "register_facility": pl.DataFrame(places),
        "register_practitioner": _facilities(rng, people).with_columns(
            title=pl.Series(rng.choice(np.array(_TITLES, dtype=object), people).tolist(), dtype=pl.String),
            licence_days_left=_some_missing(rng, pl.Series(rng.integers(-100, 1500, people)), 0.1),
        ),
        "register_pharmacy": _facilities(rng, people).with_columns(
            kind=pl.Series(rng.choice(["nha_thuoc", "quay_thuoc"], people)),
            status=_some_missing(rng, pl.Series(rng.choice(["active", "paused", "closed"], people)), 0.1),
        ),
        "register_licence_act": _facilities(rng, people).with_columns(kind=pl.lit("issue")),
    }
    # The day before tells of the half: who counts it counts wrong.
    return {
        name: pl.concat([_on(rows, DAY), _on(rows.head(rows.height // 2), DAY - timedelta(days=1))])
        for name, rows in told.items()
        if name in REGISTERS
    }


def _on(rows: pl.DataFrame, day: date) -> pl.DataFrame:
    return rows.with_columns(day=pl.lit(day), known_at=pl.lit(0), month=pl.lit(f"{day:%Y-%m}"))


def _some_missing(rng: np.random.Generator, values: pl.Series, share: float) -> Any:
    gone = pl.Series(rng.random(values.len()) < share)
    return pl.select(pl.when(gone).then(None).otherwise(values)).to_series()
