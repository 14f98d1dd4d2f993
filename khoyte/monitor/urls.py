from django.urls import path

from khoyte.monitor.pages import board, plans, tasks

urlpatterns = [
    path("ke-hoach", plans.plan, name="plan"),
    path("ke-hoach/dieu-hanh", board.direction, name="direction"),
    path("ke-hoach/<int:task>", tasks.task, name="task"),
]
