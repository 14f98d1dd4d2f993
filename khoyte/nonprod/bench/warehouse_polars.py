"""Some indicators once more in polars: the peer of `khoyte bench warehouse`. Each gives name, value, n."""

from collections.abc import Callable, Mapping

import polars as pl

Tables = Mapping[str, pl.LazyFrame]
_N = pl.len().alias("n")


def tables(paths: Mapping[str, str]) -> Tables:
    """Lazy tables of current versions over the files."""
    read = {name: pl.scan_parquet(path) for name, path in paths.items()}
    states = read["visit_state"].group_by("visit_id").agg(pl.col("is_current").sort_by("as_of").last())
    current = states.filter(pl.col("is_current") == 1)
    lines = ("visit", "visit_drug", "visit_service")
    return {name: read[name].join(current, on="visit_id", how="semi") for name in lines if name in read}


def _counts(by: str) -> Callable[[Tables], pl.LazyFrame]:
    return lambda t: t["visit"].group_by(by).agg(pl.len().alias("value"), _N)


def _share(by: str, what: pl.Expr, known: str) -> Callable[[Tables], pl.LazyFrame]:
    return lambda t: (
        t["visit"].filter(pl.col(known).is_not_null()).group_by(by).agg(what.mean().alias("value"), _N)
    )


def _over_cost(by: str, part: str) -> Callable[[Tables], pl.LazyFrame]:
    cost = pl.col("t_tongchi_bv")
    value = pl.col(part).sum().cast(pl.Float64) / cost.sum().cast(pl.Float64)
    return lambda t: t["visit"].group_by(by).agg(value.alias("value"), cost.count().alias("n"))


def _stay(t: Tables) -> pl.LazyFrame:
    days = pl.col("so_ngay_dtri")
    stays = t["visit"].filter(pl.col("ma_loai_kcb") == "03").group_by("month")
    return stays.agg(days.cast(pl.Float64).mean().alias("value"), days.count().alias("n"))


def _diseases(t: Tables) -> pl.LazyFrame:
    code = pl.col("ma_benh_chinh").str.slice(0, 3).str.to_uppercase().alias("disease")
    counted = (
        t["visit"]
        .filter(pl.col("ma_benh_chinh").is_not_null())
        .group_by(code)
        .agg(pl.len().alias("value"), _N)
    )
    return counted.filter(pl.col("n") >= 5).sort("value", "disease", descending=[True, False]).head(20)


def _drug_lines(t: Tables) -> pl.LazyFrame:
    visits = pl.col("visit_id").n_unique()
    return t["visit_drug"].group_by("facility").agg((pl.len() / visits).alias("value"), visits.alias("n"))


def _tests(t: Tables) -> pl.LazyFrame:
    done = (
        t["visit_service"].filter(pl.col("ma_nhom") == 1).group_by("visit_id").agg(pl.col("so_luong").sum())
    )
    visits = (
        t["visit"].select("visit_id", "facility").join(done, on="visit_id", how="left").group_by("facility")
    )
    return visits.agg((pl.col("so_luong").sum().cast(pl.Float64) / pl.len()).alias("value"), _N)


QUERIES: dict[str, Callable[[Tables], pl.LazyFrame]] = {
    "luot-kham-theo-thang": _counts("month"),
    "luot-kham-theo-co-so": _counts("facility"),
    "luot-kham-theo-tinh": _counts("province"),
    "benh-chinh-thuong-gap": _diseases,
    "ngay-dieu-tri-noi-tru": _stay,
    "ty-le-chuyen-tuyen": _share("facility", pl.col("is_referred"), "visit_id"),
    "ty-le-noi-tru": _share("province", pl.col("ma_loai_kcb") == "03", "ma_loai_kcb"),
    "ty-le-bhyt-chi-tra": _over_cost("month", "t_bhtt"),
    "so-thuoc-moi-luot": _drug_lines,
    "xet-nghiem-moi-luot": _tests,
}
