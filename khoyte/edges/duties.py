"""What each room does once a day, for the worker."""

from khoyte.notices.daily import DailyTask


def of_every_day() -> tuple[DailyTask, ...]:
    # Models exist only once Django is ready.
    from khoyte.guidance.duties import DUTIES as GUIDANCE
    from khoyte.monitor.escalation import DUTIES as ESCALATION
    from khoyte.monitor.feeds import DUTIES as PROJECT06
    from khoyte.practice.daily import DUTIES as PRACTICE
    from khoyte.registers.duties import DUTIES as REGISTERS
    from khoyte.submissions.duties import DUTIES as SUBMISSIONS

    return (*REGISTERS, *PRACTICE, *SUBMISSIONS, *ESCALATION, *PROJECT06, *GUIDANCE)
