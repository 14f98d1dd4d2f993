from django.urls import path

from khoyte.monitor.pages import board, imports, plans, reports, survey, tasks

urlpatterns = [
    path("ke-hoach", plans.plan, name="plan"),
    path("ke-hoach/dieu-hanh", board.direction, name="direction"),
    path("ke-hoach/chuyen-cap", board.escalated, name="escalated"),
    path("ke-hoach/khao-sat", survey.inventory_survey, name="survey"),
    path("ke-hoach/nhap", imports.import_tasks, name="import_tasks"),
    path("bao-cao", reports.report, name="reports"),
    path("ke-hoach/<int:task>", tasks.task, name="task"),
]
