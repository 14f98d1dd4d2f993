import os

from django.core.wsgi import get_wsgi_application

from khoyte.edges.patience import patient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "khoyte.edges.settings")
application = patient(get_wsgi_application())
