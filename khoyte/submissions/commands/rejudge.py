"""`khoyte rejudge`: judge again what is stored, when rules or reference data changed.

It is an act of its own with its own number: earlier judgements stay, the ledger gets dated adjustments, and
only changed verdicts are pushed.
"""

import click


@click.command(help="Kiểm tra lại dữ liệu đã lưu · Judge stored files again.")
@click.option("--submission", "submission_id", help="Một gói hồ sơ · One submission.")
@click.option("--rule", help="Các gói hồ sơ liên quan đến quy tắc này · Files this rule concerns.")
@click.option(
    "--catalogue",
    help="Các gói hồ sơ đã kiểm tra bằng bộ dữ liệu tham chiếu cũ · Files judged with an older pack.",
)
@click.pass_context
def rejudge(ctx: click.Context, submission_id: str | None, rule: str | None, catalogue: str | None) -> int:
    from khoyte.submissions import rejudging

    chosen = [option for option in (submission_id, rule, catalogue) if option]
    if len(chosen) != 1:
        raise click.UsageError("--submission | --rule | --catalogue")
    report = rejudging.rejudge(submission=submission_id, rule=rule, catalogue=catalogue)
    words = {
        "vi": "Đã kiểm tra lại {judged} gói hồ sơ; {changed} kết quả thay đổi.",
        "en": "{judged} submissions judged again; {changed} verdicts changed.",
    }
    click.echo(words[ctx.obj["lang"]].format(judged=report.judged, changed=report.changed))
    return 0
